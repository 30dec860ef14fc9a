// Palette: every colour of the player and of its pictures, for light and for dark. Text on its ground has a contrast of
// at least 4.5:1. Tasks differ by letter as well, so nothing hangs on telling colours apart.

/** Name, light, dark. */
export const COLOURS = [
  ['ground', '#ffffff', '#10151d'], ['panel', '#f6f8fa', '#19212b'], ['line', '#cdd5de', '#3a4554'],
  ['ink', '#1d2329', '#e8edf3'], ['soft', '#525c68', '#a3afbd'], ['faint', '#b9c3cf', '#4a5666'],
  ['on', '#ffffff', '#10151d'], ['shell', '#1d2228', '#080b10'], ['shell-ink', '#e8edf3', '#e8edf3'],
  ['word', '#7a3aa8', '#d2a8ff'], ['text', '#0b6a3c', '#7fdda6'],
  ['t0', '#0a5fb4', '#6bb5ff'], ['t1', '#b04400', '#ff9f5a'], ['t2', '#00715a', '#45d6ae'], ['t3', '#8a3a9c', '#dd9df2'],
  ['t4', '#7a5c00', '#e3c356'], ['t5', '#b01c5c', '#ff91ba'], ['t6', '#34666f', '#93d0dc'], ['t7', '#5b5bb5', '#b0b0ff'],
];

/** How many colours there are for tasks. */
export const TASKS = 8;

const list = (column, wanted = () => true) => COLOURS.filter(([name]) => wanted(name)).map((colour) => `--${colour[0]}:${colour[column]}`).join(';');

/** The colours for a web page: they follow the page's own color-scheme. */
export const forPage = COLOURS.map(([name, light, dark]) => `--${name}:light-dark(${light},${dark})`).join(';');

/**
 * The colours for a picture that stands alone: it follows the reader's system.
 * @param {string} root  a selector
 * @param {(name: string) => boolean} wanted  which of them
 */
export const forPicture = (root, wanted) => `${root}{${list(1, wanted)}}@media(prefers-color-scheme:dark){${root}{${list(2, wanted)}}}`;

/** How the shapes of loop.js and timeline.js look; the same on a page and in a picture. */
export const SHAPES = [
  ...Array.from({length: TASKS}, (_, i) => `.t${i}{--t:var(--t${i})}`),
  'text{fill:var(--ink);font:13px system-ui,sans-serif}',
  '.m{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:12px}',
  '.b{font-weight:650}.s{fill:var(--soft);font-size:12px}.e{text-anchor:end}.c{text-anchor:middle}',
  '.box{fill:var(--panel);stroke:var(--line);stroke-width:1.3}.box.act{stroke:var(--ink);stroke-width:2}',
  '.way{fill:none;stroke:var(--faint);stroke-width:2}.tip{fill:var(--faint)}.way.act{stroke:var(--ink);stroke-width:3}',
  '.tip.act{fill:var(--ink)}.by{fill:var(--soft);font-weight:650;font-size:12px}.by.act{fill:var(--ink)}',
  '.chip{fill:var(--ground);stroke:var(--t);stroke-width:1.7}.dash{stroke-dasharray:4 3}.full{fill:var(--t)}',
  '.n{fill:var(--t);font-weight:650}.o{fill:var(--on)}.dot{fill:var(--t)}.l{fill:var(--on);font-weight:700;font-size:11px}',
  '.flip .dot{fill:var(--on)}.flip .l{fill:var(--t)}',
  '.i{fill:none;stroke:var(--soft);stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}',
  '.i.o{stroke:var(--on);fill:none}.i.n{stroke:var(--t);fill:none;stroke-width:2.2}.i.k{stroke:var(--ink)}',
  '.pill{fill:var(--ground);stroke:var(--line);stroke-width:1.2}.pill.act{stroke:var(--ink);stroke-width:2}',
  '.slot{fill:var(--ground);stroke:var(--ink);stroke-width:1.4}.slot.full{fill:var(--ink)}',
  '.bar{fill:var(--t);stroke:var(--t);stroke-width:2}.bar,.chip{stroke-linejoin:round}.wait{stroke:var(--t);stroke-width:1.7}.jump{stroke:var(--soft);stroke-dasharray:2 3}',
  '.rule{stroke:var(--line);stroke-width:.7}.arrow{stroke:var(--ink);stroke-width:1.5}.head{fill:var(--ink)}',
].join('');
