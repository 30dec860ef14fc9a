// Guess: what comes next? Asked where it can be known from the picture, and from the code, alone.

/** @typedef {{ask: string, options: {text: string, task?: number}[], right: number}} Question */

/** The score of the page: every player on it counts here. */
export const score = {right: 0, asked: 0};

const answered = new WeakMap(); // from a recording to the steps that have been answered

/**
 * The question at a step, or null where there is nothing to ask.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 * @returns {Question|null}
 */
export function question(recording, number) {
  if (number >= recording.last || answered.get(recording)?.has(number)) return null;
  const next = recording.steps[number + 1];
  const now = recording.at(number);
  if (next.kind === 'print' && (recording.steps[number].kind === 'poll' || !recording.tasks.length)) return printed(recording, number + 1);
  if (now.running !== null || (next.kind !== 'poll' && next.kind !== 'park')) return null;
  // The future of block_on has its turn between two rounds of the queue: the picture does not tell when.
  if (next.kind === 'poll' && now.ready[0] !== next.id) return null;
  if (recording.steps[number + 1].act !== recording.steps[number].act) return null;
  const alive = recording.act(number).tasks.filter((id) => now.tasks[id] && now.tasks[id].place !== 'done');
  if (alive.length < 2) return null;
  const few = alive.length <= 5 ? alive : nearest(alive, next.id ?? alive[0]);
  const options = [...few.map((id) => ({text: recording.tasks[id].name, task: id})), {text: 'none: it sleeps'}];
  const right = next.kind === 'park' ? options.length - 1 : few.indexOf(next.id);
  return {ask: 'Which task does the thread poll next?', options, right};
}

function nearest(ids, id) {
  const from = Math.min(Math.max(0, ids.indexOf(id) - 2), ids.length - 4);
  return ids.slice(from, from + 4);
}

function printed(recording, number) {
  const text = (line) => line.text.trim().split('\n')[0];
  const here = recording.output.findIndex((line) => line.step === number);
  const line = text(recording.output[here]);
  const others = [...recording.output.slice(here + 1), ...recording.output.slice(0, here).reverse()].map(text);
  const wrong = [...new Set(others)].filter((other) => other && other !== line).slice(0, 2);
  if (wrong.length < 2) return null;
  const lines = [line, ...wrong].sort();
  return {ask: 'What is printed next?', options: lines.map((each) => ({text: each})), right: lines.indexOf(line)};
}

/** Counts an answer; every question counts once. Returns whether it is right. */
export function answer(recording, number, asked, chosen) {
  if (!answered.has(recording)) answered.set(recording, new Set());
  answered.get(recording).add(number);
  score.asked += 1;
  score.right += chosen === asked.right ? 1 : 0;
  return chosen === asked.right;
}
