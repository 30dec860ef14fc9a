// Gathers the pages of the site from where they are kept: the lessons' READMEs, the pages of docs/, the sources. Nothing
// is written by hand twice: site/pages/ is made anew by every build, and git ignores it.
//
// A link that works on the repository's page works here, too: a README becomes a page, a source file becomes a page of
// its text. Where a chapter has its still picture the player stands, and the picture is what it shows without JavaScript.

import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {fileURLToPath} from 'node:url';

import {keyStep} from '../pictures.mjs';
import {Recording} from '../player/model.js';
import {plain, sentence} from '../player/words.js';
import {mistakes, traps} from './lists.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PAGES = fileURLToPath(new URL('./pages/', import.meta.url));
export const read = (path) => readFileSync(join(ROOT, path), 'utf8');
export const course = JSON.parse(read('course/course.json'));

/** "04 · Sleep", as the chapter's own title says it. */
const nameOf = ({id, title}) => `${id.slice(0, 2)} · ${title}`;

/** The pages of docs/ that the site shows, in the order of its contents; those that are not there are left out. */
const DOCS = [
  {group: 'Look things up', pages: [['glossary', 'Glossary'], ['traps', 'Traps'], ['house', 'The map of the house'], ['sources', 'The sources']]},
  {group: 'Behind it', pages: [['teaching', 'For instructors'], ['performance', 'Performance'], ['faults', 'Faults'], ['kill-matrix', 'Kill matrix'], ['mutation', 'Mutants'], ['contributing', 'Changing the course']]},
];
const MADE = ['traps', 'house', 'sources'];
const isThere = (name) => MADE.includes(name) || existsSync(join(ROOT, `docs/${name}.md`));

/** The site's contents: groups of {text, link}. */
export function contents() {
  const lessons = course.parts.map((part) => ({
    text: `${part.id}. ${part.title}`,
    items: course.lessons.filter((lesson) => lesson.part === part.id).map((lesson) => ({text: nameOf(lesson), link: `/lessons/${lesson.id}.html`})),
  }));
  const rest = DOCS.map(({group, pages}) => ({text: group, items: pages.filter(([name]) => isThere(name)).map(([name, text]) => ({text, link: `/${name}.html`}))}));
  rest[0].items.push({text: 'The library, name by name', link: '/api/index.html', outside: true});
  return [{text: 'Begin', items: [{text: 'Kettle', link: '/'}, {text: 'Start here', link: '/start.html'}]}, ...lessons, ...rest];
}

/** Where a file of the repository stands on the site, or null. */
function placeOf(path) {
  const lesson = /^lessons\/([\w-]+)(?:\/(?:README\.md)?)?$/.exec(path);
  if (lesson) return `/lessons/${lesson[1]}.html`;
  if (path === 'README.md' || path === '') return '/start.html';
  const page = /^docs\/([\w-]+)\.md$/.exec(path);
  if (page) return `/${page[1]}.html`;
  if (!existsSync(join(ROOT, path))) return null;
  if (statSync(join(ROOT, path)).isFile()) return sourcePage(path);
  const readme = posix.join(path, 'README.md');
  return existsSync(join(ROOT, readme)) ? sourcePage(readme) : '/sources.html';
}

const wanted = new Set();  // The sources that some page links to, or that a recording names.

/** The page of a source's text. Asking for it is what brings it onto the site. */
function sourcePage(path) {
  wanted.add(path);
  return `/source/${path.replace(/\.md$/, '')}.html`;
}

/** Where a quote "file#region" is found on the site. */
export function quoted(reference) {
  const [path, region] = reference.split('#');
  const line = region ? read(path).split('\n').findIndex((text) => new RegExp(`#region ${region}\\b`).test(text)) + 2 : 0;
  return {path, href: sourcePage(path) + (line > 1 ? `#L${line}` : '')};
}

const FENCE = /^(`{3,}|~{3,})/;

/** Calls `change` for each piece of a page that is prose, and leaves blocks and inline code alone. */
function prose(text, change) {
  let fence = null;
  return text.split('\n').map((line) => {
    const mark = FENCE.exec(line)?.[1];
    if (fence) {
      if (mark && line.trim() === fence) fence = null;
      return line;
    }
    if (mark) {
      fence = mark;
      quotedIn(line);
      return line;
    }
    return line.split(/(`+[^`]*`+(?!\]))/).map((part, i) => (i % 2 ? part : change(part))).join('');
  }).join('\n');
}

const quotedIn = (line) => { const file = /\bfile=(\S+)/.exec(line); if (file) quoted(file[1]); };

/** A page's text with its links leading to the site's pages. `from` is where it is kept in the repository. */
function linked(text, from) {
  return prose(text, (part) => part.replace(/(!?)(\[[^\]]*\]|\])\(([^()\s]+)\)/g, (whole, picture, words, target) => {
    if (/^[a-z]+:|^\/\/|^#/.test(target)) return whole;
    const [path, anchor] = target.split('#');
    const file = posix.normalize(posix.join(posix.dirname(from), path)).replace(/^\.$/, '').replace(/\/$/, '');
    if (picture) return `!${words}(/pictures/${posix.basename(file)})`;
    const place = placeOf(file);
    if (!place) throw new Error(`${from}: dead link ${target}`);
    return `${words}(${place}${anchor ? `#${anchor}` : ''})`;
  }));
}

/** Writes a page, with what VitePress wants to know at its top, and the runs that its pictures show. */
function page(path, text, facts = {}) {
  const runs = [...text.matchAll(/\]\(\/pictures\/([\w-]+)\.svg\)/g)].map(([, id]) => [id, runOf(id)]).filter(([, run]) => run);
  if (runs.length) facts = {...facts, runs: Object.fromEntries(runs)};
  const front = Object.entries(facts).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  mkdirSync(dirname(join(PAGES, path)), {recursive: true});
  writeFileSync(join(PAGES, path), `---\n${front.join('\n')}\n---\n\n${text}\n`);
}

/** What a page has to know of a recorded run: the source to begin with, and what its picture shows, in words. */
function runOf(id) {
  if (!existsSync(join(ROOT, `docs/recordings/${id}.json`))) return null;
  const recording = new Recording(read(`docs/recordings/${id}.json`));
  const step = keyStep(recording, id);
  for (const file of recording.files) if (existsSync(join(ROOT, file))) sourcePage(file);
  const main = `lessons/${id}/main.cpp`;
  return {file: existsSync(join(ROOT, main)) ? main : recording.files[0], step, last: recording.last, words: plain(recording, sentence(recording, step))};
}

/** A chapter. Where it names no picture of its own, the picture stands below the first sentence. */
function chapter(lesson) {
  const path = `lessons/${lesson.id}/README.md`;
  let text = read(path);
  sourcePage(`lessons/${lesson.id}/main.cpp`);
  if (existsSync(join(ROOT, `docs/pictures/${lesson.id}.svg`)) && !text.includes(`docs/pictures/${lesson.id}.svg)`)) {
    const blocks = text.split('\n\n');
    blocks.splice(2, 0, `![The run of this lesson](../../docs/pictures/${lesson.id}.svg)`);
    text = blocks.join('\n\n');
  }
  page(`lessons/${lesson.id}.md`, linked(text, path), {description: lesson.result});
}

/** The front page: the first screen of README.md, and the lessons. */
function home() {
  const [title, sentence_, picture, commands] = read('README.md').split(/\n\n/);
  const rows = course.parts.map((part) => `## ${part.id}. ${part.title}\n\n${course.lessons.filter((lesson) => lesson.part === part.id)
    .map((lesson) => `- [${nameOf(lesson)}](/lessons/${lesson.id}.html) ${lesson.result}`).join('\n')}`);
  const begin = 'New here? [Start here](/start.html): what you need, and how a lesson works.';
  page('index.md', linked([title, sentence_, picture, commands].join('\n\n'), 'README.md') + `\n\n${begin}\n\n${rows.join('\n\n')}`, {kind: 'home'});
}

function source(path) {
  const language = {'.hpp': 'cpp', '.cpp': 'cpp', '.py': 'python', '.mjs': 'js', '.js': 'js', '.json': 'json', '.txt': 'text', '.cmake': 'cmake', '.sh': 'sh'}[posix.extname(path)] ?? 'text';
  const text = read(path);
  if (path.endsWith('.md')) page(`source/${path}`, linked(text, path), {search: false});
  else page(`source/${path}.md`, `# ${posix.basename(path)}\n\nThe file \`${path}\`.\n\n\`\`\`\`\`${language} numbered\n${text.trimEnd()}\n\`\`\`\`\``, {title: path, search: false, kind: 'source'});
  mkdirSync(dirname(join(PAGES, 'public/files', path)), {recursive: true});
  writeFileSync(join(PAGES, 'public/files', path), text);
}

/** The list of all sources that have a page, in the order of reading. */
function sources() {
  const home_ = Object.fromEntries(course.lessons.flatMap((lesson) => lesson.runtime.map((name) => [name, lesson])));
  const files = readdirSync(join(ROOT, 'runtime/kettle')).filter((name) => /\.[hc]pp$/.test(name)).sort();
  const row = (name) => `- [${name}](${sourcePage(`runtime/kettle/${name}`)})`;
  const stem = (name) => name.replace(/\.[hc]pp$/, '');
  const owner = (name) => home_[stem(name)] ?? home_[Object.keys(home_).find((known) => stem(name).startsWith(`${known}_`))];
  const parts = [['Foundations', files.filter((name) => !owner(name))], ...course.lessons.map((lesson) => [nameOf(lesson), files.filter((name) => owner(name) === lesson)])];
  page('sources.md', `# The sources\n\nThe library in the order of the lessons. Read it so, and you never meet a name before its file.\n\n${parts
    .map(([name, list]) => `## ${name}\n\n${list.map(row).join('\n')}`).join('\n\n')}`, {search: false});
}

export function gather() {
  rmSync(PAGES, {recursive: true, force: true});
  mkdirSync(join(PAGES, 'public'), {recursive: true});
  for (const folder of ['pictures', 'recordings']) cpSync(join(ROOT, 'docs', folder), join(PAGES, 'public', folder), {recursive: true});
  course.lessons.forEach(chapter);
  home();
  page('start.md', linked(read('README.md').replace(/^!\[.*\n\n/m, '').replace(/^# .*/, '# Start here'), 'README.md'));
  for (const name of DOCS.flatMap(({pages}) => pages.map(([known]) => known))) {
    if (MADE.includes(name) || !isThere(name)) continue;
    const long = ['kill-matrix', 'mutation'].includes(name);
    const text = read(`docs/${name}.md`).replace(/^<!-- mistakes ([\w-]+) -->$/gm, (_, id) => mistakes(id));
    page(`${name}.md`, linked(text, `docs/${name}.md`), long ? {search: false} : {});
  }
  page('traps.md', linked(traps(course), 'lessons/x/README.md'), {search: false});
  page('house.md', `# The map of the house

Every file of the library stands on the floor of the lesson that brings it. It includes only what is on its own floor or below, and a check sees to that.

![The files of the library on their floors, one floor for each lesson](/pictures/house.svg)

The map is drawn from \`course/course.json\` and the real includes. [The same as a list](/sources.html), with every file's text.`);
  sources();
  const done = new Set();
  while (done.size < wanted.size) for (const path of [...wanted]) if (!done.has(path)) { done.add(path); source(path); }
  return done.size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`${gather()} sources`);
