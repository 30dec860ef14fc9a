// The recordings that the tests look at: those of the lessons, and some that are made by hand.

import {readdirSync, readFileSync} from 'node:fs';

const FOLDER = new URL('../../recordings/', import.meta.url);

/** The lessons that have a recording. */
export const LESSONS = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)).sort();

/** The text of a lesson's recording. */
export const recorded = (lesson) => readFileSync(new URL(`${lesson}.json`, FOLDER), 'utf8');

/** A recording from facts: [name, args, milliseconds]. The last time counts until another is given. */
export function written(facts, clock = 'virtual') {
  let time = 0;
  const line = (name, args) => JSON.stringify({name, ph: 'i', s: 't', ts: time * 1000, pid: 1, tid: 0, args});
  return `[\n${[['run', {clock}], ...facts].map(([name, args = {}, at = time]) => {
    time = at;
    return line(name, args);
  }).join(',\n')},\n`;
}

/** `tasks` tasks that sleep, wake up and print, until there are about `steps` steps. */
export function crowd(tasks, steps) {
  const facts = [['poll', {task: 1}]];
  for (let task = 2; task <= tasks; ++task) facts.push(['spawn', {task, label: `sleeper${task}`, by: 'task 1', at: 'a.cpp:3'}]);
  facts.push(['pending', {task: 1, on: 'task 2', at: 'a.cpp:4'}]);
  let timer = 0;
  for (let round = 0; facts.length < steps; ++round) {
    for (let task = 2; task <= tasks; ++task) {
      if (round) facts.push(['timer_fired', {timer: timer - tasks + 2}, round], ['wake', {task, by: `timer ${timer - tasks + 2}`}]);
      facts.push(['poll', {task}], ['print', {task, text: `round ${round}`, at: 'a.cpp:9'}]);
      facts.push(['timer_set', {timer: ++timer, task, due: (round + 1) * 1e6}], ['pending', {task, on: `timer ${timer}`, at: 'a.cpp:10'}]);
    }
  }
  return written(facts);
}
