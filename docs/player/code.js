// Code: a source file as lines, with colours, the current line, and a badge on every line where a task waits.

import {safe} from './draw.js';
import {place} from './model.js';

const TOKEN = new RegExp(['(\\/\\/.*|\\/\\*.*?\\*\\/)', '("(?:\\\\.|[^"\\\\])*"|\'(?:\\\\.|[^\'\\\\])\')',
  '\\b(co_await|co_return|co_yield|return|if|else|for|while|do|switch|case|break|continue|try|catch|throw|class|struct|enum|using|namespace|'
  + 'template|typename|public|private|const|constexpr|auto|void|int|bool|double|long|static|new|nullptr|true|false|this|include|noexcept|override)\\b'].join('|'), 'g');
const REGION = /^\s*\/\/ #(end)?region\b/;

/** One line of C++ as HTML. */
export function coloured(line) {
  let html = '';
  let from = 0;
  for (const match of line.matchAll(TOKEN)) {
    html += safe(line.slice(from, match.index));
    html += `<span class="${match[1] ? 'note' : match[2] ? 'text' : 'word'}">${safe(match[0])}</span>`;
    from = match.index + match[0].length;
  }
  return html + safe(line.slice(from));
}

/** A file as HTML, one <div data-line> a line. Marks for quoting (#region) are left out. */
export const listing = (source) => source.replace(/\n$/, '').split('\n').map((line, i) => (REGION.test(line) ? ''
  : `<div data-line="${i + 1}"><i>${i + 1}</i><code>${coloured(line) || ' '}</code></div>`)).join('');

/**
 * Where the eye should be at a step: the line of the step itself, or where its task waits.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 * @returns {{file: string, line: number, task: number|null}|null}
 */
export function current(recording, number) {
  const step = recording.steps[number];
  const now = recording.at(number);
  const id = step.kind === 'spawn' ? step.byId : step.woken?.[0] ?? step.id ?? null;
  const at = step.at || (step.kind === 'done' || id === null ? '' : now.tasks[id]?.at);
  return at ? {...place(at), task: id} : null;
}

/** The line of the nearest step that has one in this file, or 1: where to open it. */
export function nearby(recording, number, file) {
  for (let away = 1; away <= recording.last; ++away) {
    for (const step of [number + away, number - away]) {
      const eye = step >= 0 && step <= recording.last ? current(recording, step) : null;
      if (eye?.file === file) return eye.line;
    }
  }
  return 1;
}

/**
 * The badges of a file at a step: which tasks wait, or are ready, at which line.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 * @param {string} file
 * @returns {Map<number, {task: import('./model.js').TaskName, says: string}[]>}
 */
export function badges(recording, number, file) {
  const now = recording.at(number);
  const found = new Map();
  for (const id of recording.act(number).tasks) {
    const state = now.tasks[id];
    if (!state?.polls || !state.at || (state.place !== 'waiting' && state.place !== 'ready')) continue;
    const at = place(state.at);
    if (at.file !== file) continue;
    found.set(at.line, [...found.get(at.line) ?? [], {task: recording.tasks[id], says: state.place === 'waiting' ? 'waits here' : 'is ready'}]);
  }
  return found;
}

/** The badges of one line as HTML: words for one, letters for several, and a number for a crowd. */
export function badge(list) {
  const one = ({task, says}) => `<b class="t${task.colour}${says === 'is ready' ? ' ready' : ''}">${task.letter}${list.length === 1 ? ` ${says}` : ''}</b>`;
  const fits = list.length > 6 ? 5 : list.length;
  return `<span class="badges">${list.slice(0, fits).map(one).join('')}${fits < list.length ? `<b>+${list.length - fits}</b>` : ''}</span>`;
}
