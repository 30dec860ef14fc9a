import assert from 'node:assert/strict';
import {test} from 'node:test';

import {badges, current} from '../code.js';
import {answer, question, score} from '../guess.js';
import {layout, loop} from '../loop.js';
import {KEEP, Recording} from '../model.js';
import {lanes, timeline} from '../timeline.js';
import {picture, plain, sentence, time} from '../words.js';
import {crowd, LESSONS, recorded, written} from './recordings.js';

const said = (recording, step) => plain(recording, sentence(recording, step));
const names = (recording, ids) => ids.map((id) => recording.tasks[id].name);
const TWO = [['poll', {task: 1}], ['spawn', {task: 2, label: 'tea', by: 'task 1', at: 'm.cpp:5'}], ['wake', {task: 2, by: 'task 1'}],
  ['spawn', {task: 3, label: 'toast', by: 'task 1', at: 'm.cpp:6'}], ['wake', {task: 3, by: 'task 1'}],
  ['pending', {task: 1, on: 'task 2', at: 'm.cpp:7'}], ['poll', {task: 2}], ['timer_set', {timer: 1, task: 2, due: 3e6}],
  ['pending', {task: 2, on: 'timer 1', at: 'm.cpp:9'}], ['poll', {task: 3}], ['done', {task: 3, how: 'ready'}],
  ['timer_fired', {timer: 1}, 3], ['wake', {task: 2, by: 'timer 1'}], ['poll', {task: 2}], ['done', {task: 2, how: 'ready'}],
  ['wake', {task: 1, by: 'task 2'}], ['poll', {task: 1}], ['done', {task: 1, how: 'ready'}], ['exit']];

test('a run of two tasks, step by step', () => {
  const recording = new Recording(written(TWO));
  assert.deepEqual(recording.steps.slice(1).map((_, i) => said(recording, i + 1)), [
    'The thread polls main for the first time: it begins to run.',
    'main spawns tea: it joins the back of the ready queue.',
    'main spawns toast: it joins the back of the ready queue.',
    'main returns Pending and waits for tea to end. The thread is free.',
    'The thread polls tea for the first time: it begins to run.',
    'tea sets timer 1 for 3 ms and leaves its waker there.',
    'tea returns Pending and waits for timer 1. The thread is free.',
    'The thread polls toast for the first time: it begins to run.',
    'toast returns Ready: it is done.',
    'Nobody is ready. The thread sleeps for 3 ms, until something wakes it.',
    'Timer 1 goes off and wakes tea: it joins the back of the ready queue.',
    'The thread polls tea again: it goes on where it waited.',
    'tea returns Ready: it is done.',
    'tea wakes main: it joins the back of the ready queue.',
    'The thread polls main again: it goes on where it waited.',
    'main returns Ready: it is done.',
    'The program ends.']);
  const now = recording.at(4);
  assert.deepEqual(names(recording, now.ready), ['tea', 'toast']);
  assert.equal(now.tasks[0].place, 'waiting');
  assert.equal(picture(recording, 6), 'Ready queue: toast. On the thread: tea. Waiting: main. Done: nobody.');
  assert.deepEqual([...recording.at(6).timers.values()], [{task: 1, due: 3e6}]);
  assert.equal(recording.at(11).time, 3e6);
});

test('where the eye should be, and where tasks wait', () => {
  const recording = new Recording(written(TWO));
  assert.deepEqual(current(recording, 6), {file: 'm.cpp', line: 9, task: 1}, 'a timer is set at the co_await that waits for it');
  assert.deepEqual(current(recording, 11), {file: 'm.cpp', line: 9, task: 1}, 'who is woken goes on there');
  const at = (step) => [...badges(recording, step, 'm.cpp')].map(([line, list]) => `${line} ${list.map(({task, says}) => `${task.letter} ${says}`)}`);
  assert.deepEqual(at(10), ['7 A waits here', '9 B waits here']);
  assert.deepEqual(at(11), ['7 A waits here', '9 B is ready']);
  assert.deepEqual(at(12), ['7 A waits here']);
});

test('every lesson: each fact is seen, places agree, and every step can be told', () => {
  for (const lesson of LESSONS) {
    const text = recorded(lesson);
    const recording = new Recording(text);
    assert.equal(recording.output.length, text.match(/"name":"print"/g)?.length ?? 0, lesson);
    const polls = recording.steps.filter((step) => step.kind === 'poll').length;
    assert.equal(polls, text.match(/"name":"poll"/g)?.length ?? 0, lesson);
    for (let step = 0; step <= recording.last; ++step) {
      const now = recording.at(step);
      const on = now.tasks.filter((task) => task.place === 'thread').length;
      assert.equal(on, now.running === null ? 0 : 1, `${lesson} ${step}: one task at most is on the thread`);
      for (const id of now.ready) assert.ok(['ready', 'thread'].includes(now.tasks[id].place), `${lesson} ${step}`);
      for (const [id, task] of now.tasks.entries()) assert.ok(task.place !== 'ready' || now.ready.includes(id), `${lesson} ${step}`);
      const {kind} = recording.steps[step];
      if (kind === 'park') assert.equal(now.ready.length, 0, `${lesson} ${step}: it sleeps only when nobody is ready`);
      assert.match(said(recording, step), /^\S.*[.”]$/s, `${lesson} ${step}`);
      const drawn = loop(recording, step, layout(recording, recording.act(step), 500));
      assert.doesNotMatch(drawn.svg, /NaN|undefined|Infinity/, `${lesson} ${step}`);
    }
    for (const act of recording.acts) assert.ok(act.tasks.length <= 11, `${lesson}: an act shows few enough tasks`);
    assert.equal(recording.acts.at(-1).last, recording.last);
  }
});

test('a task that is polled was at the front of the queue, or is the future of block_on', () => {
  for (const lesson of LESSONS) {
    const recording = new Recording(recorded(lesson));
    for (let step = 1; step <= recording.last; ++step) {
      const {kind, id} = recording.steps[step];
      const {ready} = recording.at(step - 1);
      if (kind === 'poll' && ready.length) assert.ok(ready[0] === id || recording.tasks[id].number === 1, `${lesson} ${step}`);
    }
  }
});

test('going anywhere gives the same picture as walking there, and costs few steps', () => {
  const recording = new Recording(crowd(10, 520));
  assert.ok(recording.last >= 400 && recording.tasks.length === 10, `${recording.last} steps`);
  const walked = recording.steps.map((_, step) => JSON.stringify([recording.at(step).ready, recording.at(step).tasks, [...recording.at(step).timers]]));
  for (const step of [recording.last, 0, 250, 31, 32, 33, 64, recording.last - 1]) {
    const before = recording.replayed;
    const now = recording.at(step);
    assert.ok(recording.replayed - before < KEEP, `${recording.replayed - before} steps replayed for ${step}`);
    assert.equal(JSON.stringify([now.ready, now.tasks, [...now.timers]]), walked[step]);
  }
  assert.equal(recording.at(-5).time, 0);
  assert.equal(recording.at(1e9).time, recording.at(recording.last).time);
});

test('a clock that is put back goes on for the reader, and deadlines with it', () => {
  const recording = new Recording(written([['poll', {task: 1}, 500], ['timer_set', {timer: 1, task: 1, due: 3e6}, 0], ['pending', {task: 1, on: 'timer 1'}], ['exit']]));
  assert.equal(recording.at(recording.last).time, 500e6);
  assert.match(said(recording, recording.steps.findIndex(({kind}) => kind === 'timer_set')), /for 3 ms/);
});

test('a recording that was cut loads, and says so', () => {
  const whole = written(TWO);
  for (let length = 0; length <= whole.length; length += 7) {
    const recording = new Recording(whole.slice(0, length));
    for (let step = 0; step <= recording.last; ++step) assert.ok(said(recording, step));
    if (recording.last > 0 && length < whole.length - 10) assert.equal(recording.steps.at(-1).kind, 'cut');
  }
});

test('an empty file, other JSON, facts and arguments that nobody knows', () => {
  for (const text of ['', '[', '[]', '{}', 'null', '"x"', 'no JSON', '{"traceEvents":[]}', '[1,null,"x",{"ph":"i"}]']) {
    const recording = new Recording(text);
    assert.equal(recording.last, 0, text);
    assert.match(said(recording, 0), /empty/);
    assert.ok(lanes(recording, recording.acts[0]));
  }
  const odd = new Recording(written([['poll', {task: 1, colour: 'red'}], ['juggle', {task: 9}], ['pending', {task: 1}], ['exit']]));
  assert.deepEqual(odd.steps.map(({kind}) => kind), ['start', 'poll', 'pending', 'exit']);
  assert.match(said(odd, 2), /something that it did not name/);
  const closed = new Recording(JSON.stringify({traceEvents: [{name: 'exit', ph: 'i', ts: 0}, {name: 'poll', ph: 'B', ts: 0}]}));
  assert.equal(closed.last, 1, 'a whole file of JSON will do as well, and bars are left out');
});

test('wake-ups: by oneself, twice, of a task that runs, of one that is done, by another thread', () => {
  const recording = new Recording(written([['poll', {task: 1}], ['wake', {task: 1, by: 'task 1'}], ['wake', {task: 1, by: 'thread'}],
    ['pending', {task: 1, on: ''}], ['poll', {task: 1}], ['done', {task: 1, how: 'threw'}], ['wake', {task: 1, by: 'fd 7'}], ['exit']]));
  assert.deepEqual(recording.at(2).ready, [0]);
  assert.deepEqual(recording.at(3).ready, [0], 'it is queued once');
  assert.equal(recording.at(3).tasks[0].place, 'thread');
  assert.equal(recording.at(4).tasks[0].place, 'ready');
  assert.match(said(recording, 4), /in the ready queue already/);
  assert.match(said(recording, 6), /ends with an exception/);
  assert.match(said(recording, 7), /^Descriptor 7 wakes main, which is done/);
  assert.deepEqual(recording.at(7).ready, []);
});

test('a poll that nobody asked for is the last one of a runtime that is stuck', () => {
  const recording = new Recording(recorded('02-waker'));
  const stuck = recording.steps.flatMap(({kind}, step) => (kind === 'poll' && /once more, to hear/.test(said(recording, step)) ? [step] : []));
  assert.equal(stuck.length, 1);
  for (const lesson of LESSONS.filter((each) => each !== '02-waker')) {
    const other = new Recording(recorded(lesson));
    for (let step = 1; step <= other.last; ++step) assert.doesNotMatch(said(other, step), /once more, to hear/, `${lesson} ${step}`);
  }
});

test('park and unpark, when they are recorded, are one step, and none is made up', () => {
  const recording = new Recording(written([['poll', {task: 1}], ['pending', {task: 1, on: 'timer 1'}], ['park', {until: 5e6}],
    ['unpark', {now: 5e6}, 5], ['timer_fired', {timer: 1}], ['wake', {task: 1, by: 'timer 1'}], ['exit']]));
  assert.deepEqual(recording.steps.map(({kind}) => kind), ['start', 'poll', 'pending', 'park', 'timer_fired', 'exit']);
  assert.match(said(recording, 3), /sleeps for 5 ms/);
  assert.equal(recording.at(3).time, 5e6);
});

test('a task that blocks the thread is shown to do so', () => {
  const recording = new Recording(written([['poll', {task: 1}], ['print', {task: 1, text: 'x', at: 'm.cpp:1'}, 200], ['done', {task: 1}], ['exit']]));
  assert.equal(said(recording, 2), 'main keeps the thread for 200 ms: nobody else can run.');
  const real = new Recording(written([['poll', {task: 1}], ['print', {task: 1, text: 'x'}, 0.2], ['done', {task: 1}], ['exit']], 'real'));
  assert.deepEqual(real.steps.map(({kind}) => kind), ['start', 'poll', 'print', 'done', 'exit'], 'a real clock always goes on a little');
});

test('channels, locks and descriptors', () => {
  const recording = new Recording(written([['poll', {task: 1}], ['send', {task: 1, chan: 1, depth: 1, cap: 2}], ['recv', {task: 1, chan: 1, depth: 0, cap: 2}],
    ['lock', {task: 1, lock: 'semaphore 1'}], ['lock', {task: 1, lock: 'semaphore 1'}], ['unlock', {task: 1, lock: 'semaphore 1'}],
    ['fd_add', {fd: 7, what: 'listener'}], ['fd_ready', {fd: 7, what: 'readable'}], ['fd_del', {fd: 7}], ['exit']]));
  assert.deepEqual(recording.at(2).channels.get('1'), {depth: 1, cap: 2});
  assert.equal(said(recording, 2), 'main sends into channel 1: 1 of 2 places are taken.');
  assert.deepEqual(recording.at(5).locks.get('semaphore 1'), [0, 0]);
  assert.deepEqual(recording.at(6).locks.get('semaphore 1'), [0]);
  assert.deepEqual(recording.at(8).sockets.get(7), {what: 'listener', ready: 'readable'});
  assert.equal(recording.at(9).sockets.size, 0);
});

test('what no task does, the program does', () => {
  const recording = new Recording(written([['lock', {task: 0, lock: 'mutex 1'}], ['timer_set', {timer: 1, task: 0, due: 5e6}], ['timer_fired', {timer: 1}, 5],
    ['send', {task: 0, chan: 1, depth: 1, cap: 0}], ['poll', {task: 1}], ['wake', {task: 1, by: 'thread'}], ['wake', {task: 1}], ['done', {task: 1}],
    ['unlock', {task: 0, lock: 'mutex 1'}], ['pending', {task: 7, on: 'task 9'}], ['wake', {}], ['spawn', {}], ['exit']]));
  assert.equal(said(recording, 1), 'The program takes mutex 1.');
  assert.match(said(recording, 2), /^The program sets timer 1 for 5 ms/);
  for (let step = 0; step <= recording.last; ++step) {
    assert.ok(said(recording, step));
    assert.doesNotMatch(loop(recording, step, layout(recording, recording.act(step), 400)).svg, /NaN|undefined/);
  }
  for (const act of recording.acts) assert.ok(timeline(recording, act, 20).svg);
});

test('several block_ons are acts, with tasks of their own; a crowd that has ended makes room', () => {
  const recording = new Recording(written([['poll', {task: 1}], ['done', {task: 1}], ['poll', {task: 1}], ['spawn', {task: 2, label: 'x'}],
    ['done', {task: 2}], ['done', {task: 1}], ['exit']]));
  assert.deepEqual(recording.acts.map(({first, last, tasks}) => [first, last, tasks]), [[0, 2, [0]], [3, 7, [1, 2]]]);
  // The first block_on is left by an exception: its future is never done, and the second counts its tasks anew.
  const left = new Recording(written([['poll', {task: 1}], ['spawn', {task: 2, label: 'x'}], ['pending', {task: 1, on: 'task 2'}], ['done', {task: 2}],
    ['wake', {task: 1, by: 'task 2'}], ['print', {task: 0, text: 'left'}], ['poll', {task: 1}], ['spawn', {task: 2, label: 'y', by: 'task 1'}],
    ['pending', {task: 1, on: 'task 2'}], ['exit']]));
  assert.deepEqual(left.acts.map(({first, last, tasks}) => [first, last, tasks]), [[0, 6, [0, 1]], [7, 10, [2, 3]]]);
  assert.deepEqual([left.at(7).running, left.at(7).ready, left.at(9).tasks[2].place], [2, [], 'waiting']);
  assert.deepEqual(new Recording(recorded('08-mutex')).acts.map(({tasks}) => tasks.length), [11, 11, 8]);
});

test('questions can be answered from the picture, and count once', () => {
  const recording = new Recording(written(TWO));
  const asked = question(recording, 4);
  assert.equal(asked.ask, 'Which task does the thread poll next?');
  assert.deepEqual(asked.options.map(({text}) => text), ['main', 'tea', 'toast', 'none: it sleeps']);
  assert.equal(asked.right, 1);
  assert.equal(question(recording, 9).options[question(recording, 9).right].text, 'none: it sleeps');
  assert.equal(question(recording, 5), null, 'while a task runs there is nothing to ask');
  assert.equal(answer(recording, 4, asked, 1), true);
  assert.equal(question(recording, 4), null);
  assert.deepEqual({...score}, {right: 1, asked: 1});
  for (const lesson of LESSONS) {
    const real = new Recording(recorded(lesson));
    for (let step = 0; step < real.last; ++step) {
      const each = question(real, step);
      if (!each) continue;
      assert.ok(each.right >= 0 && each.right < each.options.length && each.options.length <= 6, `${lesson} ${step}`);
      assert.equal(new Set(each.options.map(({text}) => text)).size, each.options.length, `${lesson} ${step}: no two options look the same`);
    }
  }
});

test('times are short', () => {
  assert.deepEqual([0, 2e9, 3e8, 1.5e9, 1500, 250e3, 1234567890].map(time), ['0 s', '2 s', '300 ms', '1.5 s', '1.5 µs', '250 µs', '1.235 s']);
});
