// Draw: the small shapes that all pictures are made of, as SVG text.

const ICONS = {
  clock: 'M8 2a6 6 0 1 0 .01 0zM8 4.6V8l2.4 1.6', print: 'M3 4h10M3 8h7M3 12h9', wake: 'M8 13.5V3M3.5 7.2L8 2.7l4.5 4.5',
  pending: 'M5.5 3v10M10.5 3v10', poll: 'M5 2.8l8 5.2-8 5.2z', done: 'M2.5 8.6l3.7 3.7 7.3-8.3', spawn: 'M8 2.8v10.4M2.8 8h10.4',
  park: 'M1 9c1.6-5 3.6-5 4.8 0s3.2 5 4.4 0S13.4 4 15 8', send: 'M1.5 8h7M6 5.2L8.8 8 6 10.8M10.5 3h4v10h-4',
  recv: 'M5.5 3h-4v10h4M6.5 8h8M11.7 5.2L14.5 8l-2.8 2.8', lock: 'M3.8 7.2h8.4V13H3.8zM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2',
  unlock: 'M3.8 7.2h8.4V13H3.8zM5.4 7.2V4.6A2.6 2.6 0 0 1 10.4 3.7', cancel: 'M4 4l8 8M12 4l-8 8',
  fd: 'M6 2v4M10 2v4M4 6h8v2a4 4 0 0 1-8 0zM8 12v3', stop: 'M4 4h8v8H4z', block: 'M4 2.5h8M4 13.5h8M5 2.5c0 4 6 7 6 11M11 2.5c0 4-6 7-6 11',
};
const OF_KIND = {timer_set: 'clock', timer_fired: 'wake', timer_cancelled: 'cancel', unpark: 'park', fd_add: 'fd', fd_ready: 'fd',
  fd_del: 'fd', exit: 'stop', cut: 'cancel', start: 'poll'};

/** Text that may stand in SVG or HTML. */
export const safe = (text) => String(text).replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);

/** A number with no more digits than a picture needs. */
export const short = (number) => String(Math.round(number * 10) / 10);

/** The lines of the icon for a kind of step, in a square of 16. */
export const iconPath = (kind) => ICONS[OF_KIND[kind] ?? kind] ?? ICONS.poll;

/** The icon for a kind of step, with its middle at x, y. */
export const icon = (kind, x, y, classes = '', size = 14) =>
  `<path class="i ${classes}" d="${iconPath(kind)}" transform="translate(${short(x - size / 2)} ${short(y - size / 2)}) scale(${short(size / 1.6) / 10})"/>`;

/** Text at x, y. Classes: m monospaced, b bold, s small and soft, e ends there, c middle there. */
export const label = (x, y, text, classes = '') => `<text x="${short(x)}" y="${short(y)}"${classes && ` class="${classes}"`}>${safe(text)}</text>`;

/** A rectangle with round corners. */
export const box = (x, y, width, height, classes, round = 7) =>
  `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="${round}" class="${classes}"/>`;

/** A task's letter in a circle, with its middle at x, y. */
export const dot = (task, x, y, radius = 9) =>
  `<g class="t${task.colour}"><circle cx="${short(x)}" cy="${short(y)}" r="${radius}" class="dot"/>${label(x, y + 4, task.letter, 'l c')}</g>`;

/** A straight or bent way with a tip at its end: points are [x, y]. */
export function way(points, classes) {
  const [[px, py], [x, y]] = points.slice(-2);
  const [dx, dy] = [Math.sign(x - px), Math.sign(y - py)];
  const d = points.slice(0, -1).map(([a, b], i) => `${i ? 'L' : 'M'}${short(a)} ${short(b)}`).join('');
  const tip = `${short(x)},${short(y)} ${short(x - 9 * dx - 5 * dy)},${short(y - 9 * dy - 5 * dx)} ${short(x - 9 * dx + 5 * dy)},${short(y - 9 * dy + 5 * dx)}`;
  return `<path class="way ${classes}" d="${d}L${short(x - 8 * dx)} ${short(y - 8 * dy)}"/><polygon class="tip ${classes}" points="${tip}"/>`;
}

/** The text, or its beginning where it is longer than `most` letters. */
export const clip = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
