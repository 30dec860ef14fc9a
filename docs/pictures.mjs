// Draws the pictures of the course: one still for each lesson and the moving one at the top of README.md, both from the
// recordings in docs/recordings, and the map of the library from its includes.
//
//     node docs/pictures.mjs                       draw them again
//     node docs/pictures.mjs --check               change nothing, fail when one differs
//     node docs/pictures.mjs --record build/default   record the lessons' programs first

import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

import {house} from './house.mjs';
import {animated, frames} from './player/animated.js';
import {current} from './player/code.js';
import {Recording} from './player/model.js';
import {still} from './player/still.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const MOVING = '05-spawn';

/** Each lesson's key step: the n-th of a kind, in words that outlive a new recording. */
const KEY = {
  '01-future': {kind: 'print', text: /-> Pending/, nth: 2},
  '02-waker': {kind: 'wake', nth: 1},
  '03-task': {kind: 'pending', nth: 1},
  '04-sleep': {kind: 'timer_fired', nth: 2},
  '05-spawn': {kind: 'timer_fired', nth: 2},
  '06-channel': {kind: 'pending', on: /room/, nth: 1},
  '07-select': {kind: 'timer_cancelled', nth: 1},
  '08-mutex': {kind: 'unlock', nth: 2},
};

/** The step that a picture shows. */
export function keyStep(recording, lesson) {
  const {kind = 'pending', nth = 1, text, on} = KEY[lesson] ?? {};
  const found = recording.steps.flatMap((step, i) => (step.kind === kind && (!text || text.test(step.text)) && (!on || on.test(step.on)) ? [i] : []));
  return found[nth - 1] ?? found[0] ?? Math.floor(recording.last / 2);
}

const read = (path) => readFileSync(resolve(ROOT, path), 'utf8');

/** Every picture: its path, and what belongs there. */
export function pictures() {
  const course = JSON.parse(read('course/course.json'));
  const made = new Map();
  for (const {id, title} of course.lessons) {
    if (!existsSync(resolve(ROOT, `docs/recordings/${id}.json`))) continue;
    const recording = new Recording(read(`docs/recordings/${id}.json`));
    const step = keyStep(recording, id);
    const eye = current(recording, step);
    made.set(`docs/pictures/${id}.svg`, still(recording, step, `${title}: step ${step} of ${recording.last}`, eye ? read(eye.file) : ''));
    if (id === MOVING) made.set('docs/pictures/run.svg', moving(recording, id));
  }
  const files = readdirSync(resolve(ROOT, 'runtime/kettle')).filter((name) => /\.[hc]pp$/.test(name)).sort();
  made.set('docs/pictures/house.svg', house(course, new Map(files.map((name) => [name, read(`runtime/kettle/${name}`)]))));
  return made;
}

function moving(recording, lesson) {
  const path = `lessons/${lesson}/main.cpp`;
  const source = read(path);
  const act = recording.acts[0];
  const lines = source.split('\n');
  const from = lines.findIndex((line) => line.startsWith('Task<')) + 1;
  const to = lines.findIndex((line) => line.includes('#region dinner'));
  const still_ = frames(recording, act).findIndex((step) => recording.steps[step].kind === 'timer_fired');
  return animated(recording, act, source, {from, to: to - 1, still: still_, title: 'Three tasks on one thread, step by step'});
}

function record(build) {
  for (const {id} of JSON.parse(read('course/course.json')).lessons) {
    const program = resolve(build, 'lessons', id);
    if (!existsSync(program)) continue;
    const path = resolve(ROOT, `docs/recordings/${id}.json`);
    execFileSync(program, {env: {...process.env, KETTLE_TRACE: path, KETTLE_CLOCK: 'virtual'}, stdio: 'ignore', timeout: 60000});
  }
}

function main([option, build]) {
  if (option === '--record') record(build);
  mkdirSync(resolve(ROOT, 'docs/pictures'), {recursive: true});
  let drifted = 0;
  for (const [path, svg] of pictures()) {
    const known = existsSync(resolve(ROOT, path)) ? read(path) : '';
    if (option === '--check') {
      if (known === svg) continue;
      ++drifted;
      console.error(`${path} is not what its recording shows. Draw it again: node docs/pictures.mjs`);
    } else {
      writeFileSync(resolve(ROOT, path), svg);
      console.log(`${path}: ${svg.length} bytes, ${gzipSync(svg).length} compressed`);
    }
  }
  return drifted ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
