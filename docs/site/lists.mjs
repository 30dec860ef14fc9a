// Lists that are made from what the course says elsewhere: the traps of all chapters, the wrong answers of a lesson.

import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(ROOT + path, 'utf8');
const course = () => JSON.parse(read('course/course.json'));

/** A chapter's section, without its heading. */
function section(text, heading) {
  const [, after] = text.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`no section "${heading}"`);
  return after.split(/\n## /)[0].trim();
}

/** The wrong answers of an exercise that are on file, each with its mistake in words. */
function wrong(lesson, exercise) {
  const folder = `tests/exercises/${lesson}/${exercise}/wrong/`;
  return readdirSync(ROOT + folder).filter((name) => name.endsWith('.hpp')).sort().map((name) => {
    const [first, second] = read(folder + name).split('\n');
    return {mistake: first.replace(/^\/\/ Mistake: /, ''), kind: second.replace(/^\/\/ Kind: /, ''), catches: name};
  });
}

/** The wrong answers of a lesson, exercise by exercise, folded away. */
export function mistakes(id) {
  const {exercises} = course().lessons.find((lesson) => lesson.id === id);
  return exercises.map((exercise) => `::: details Wrong answers to ${exercise.id}: ${exercise.title.toLowerCase()}\n${wrong(id, exercise.id)
    .map(({mistake, kind}) => `- ${escape(mistake[0].toUpperCase() + mistake.slice(1))} *(${kind})*`).join('\n')}\n:::`).join('\n\n');
}

/** Words from a comment, as Markdown. */
const escape = (words) => words.replace(/[*_<>[\]]/g, '\\$&');

/** The page of the traps: what can go wrong, chapter by chapter, and the kinds of mistakes. */
export function traps({lessons}) {
  const parts = lessons.map(({id, title}) => `## ${id.slice(0, 2)} · ${title}\n\n${section(read(`lessons/${id}/README.md`), 'What can go wrong')}\n\n[In its chapter](../${id}/README.md#what-can-go-wrong)`);
  const kinds = /\| kind of mistake \|[^]*?\n\n/.exec(read('docs/kill-matrix.md'))[0].trim();
  return `# Traps

The mistakes that everybody makes once, from the chapters: what each looks like, why nobody notices, and the rule.

${parts.join('\n\n')}

## Kinds of mistakes

Every exercise is graded against wrong answers that people really give. This is what they get wrong, most frequent first.
The [kill matrix](../../docs/kill-matrix.md) has them all.

${kinds}`;
}
