// The site: plain pages, a search that runs in the reader's browser, and nothing from anywhere else.

import {fileURLToPath} from 'node:url';

import {COLOURS} from '../../player/palette.js';
import {contents, PAGES, quoted} from '../gather.mjs';

/** The colours of code: those of the player, so that a line looks the same in a chapter and in a run. */
function colours(type) {
  const of = (name) => COLOURS.find(([known]) => known === name)[type === 'dark' ? 2 : 1];
  const rule = (scope, name) => ({scope, settings: {foreground: of(name)}});
  return {
    name: `kettle-${type}`, type, colors: {'editor.background': of('panel'), 'editor.foreground': of('ink')},
    tokenColors: [
      {settings: {foreground: of('ink')}}, rule(['comment', 'punctuation.definition.comment'], 'soft'), rule(['string', 'punctuation.definition.string'], 'text'),
      rule(['keyword', 'storage', 'keyword.operator.wordlike', 'constant.language', 'variable.language'], 'word'), rule(['keyword.operator'], 'ink'), rule(['constant.numeric'], 't0'),
    ],
  };
}

/** The anchor of a heading, as the repository's page makes it: messages of ./learn lead there, too. */
const slugify = (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, '').replace(/ /g, '-');

const BASE = process.env.KETTLE_BASE ?? '/';
const PICTURE = /^\/pictures\/([\w-]+)\.svg$/;

/** What our pages have beyond Markdown: quotes say where they come from, a run's picture is its player. */
function extend(md) {
  const {fence, image} = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const code = fence(tokens, index, options, env, self);
    const {info} = tokens[index];
    const file = /\bfile=(\S+)/.exec(info)?.[1];
    const run = /\brun=(\S+)/.exec(info)?.[1];
    if (!file && !run) return code;
    const {path, href} = file ? quoted(file) : {};
    return `<figure class="quote"><figcaption>${file ? `<a href="${BASE}${href.slice(1)}">${path}</a>` : `what <code>./learn run ${run.slice(0, 2)}</code> prints`}</figcaption>${code}</figure>`;
  };
  // A run's picture stands alone in its paragraph; a player is no part of a paragraph.
  md.core.ruler.push('run', ({tokens, env}) => tokens.forEach((token, i) => {
    const [only, ...more] = token.children ?? [];
    if (token.type !== 'inline' || more.length || only?.type !== 'image' || !env.frontmatter?.runs?.[PICTURE.exec(only.attrGet('src'))?.[1]]) return;
    tokens[i - 1].hidden = tokens[i + 1].hidden = true;
  }));
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const id = PICTURE.exec(tokens[index].attrGet('src'))?.[1];
    if (env.frontmatter?.runs?.[id]) return `<Run id="${id}" />`;
    return image(tokens, index, options, env, self);
  };
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0" role="group" aria-label="Table">\n<table tabindex="-1">\n';
  // A cell that heads nothing is no heading.
  const heads = (tokens, index) => (tokens[index].type === 'th_open' ? tokens[index + 1] : tokens[index - 1]).content !== '';
  for (const tag of ['th_open', 'th_close']) md.renderer.rules[tag] = (tokens, index, options, env, self) => {
    if (!heads(tokens, index)) tokens[index].tag = 'td';
    return self.renderToken(tokens, index, options);
  };
  md.renderer.rules.table_close = () => '</table>\n</div>\n';
}

/** What the search looks through: the text and the code, without what surrounds a block. */
function searched(text, env, md) {
  const html = md.render(text, env);
  return env.frontmatter?.search === false ? '' : html.replace(/<figcaption>.*?<\/figcaption>|<span class="lang">.*?<\/span>/g, '');
}

/** Every line of a source has its number as its anchor. */
const numbered = {
  name: 'numbered',
  line(node, number) { if (/\bnumbered\b/.test(this.options.meta?.__raw ?? '')) node.properties.id = `L${number}`; },
};

// Before the first paint: the reader's own choice of light or dark, if there is one.
const LIGHT = "try{const t=localStorage.getItem('kettle-theme');if(t)document.documentElement.dataset.theme=t}catch{}";
const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%230a5fb4' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='M5 10h11l-1 10H6zM16 12l4-2M8 10a3 3 0 0 1 5 0M10.500 5V3'/%3E%3C/svg%3E";

export default {
  lang: 'en', title: 'Kettle', titleTemplate: ':title · Kettle', description: 'Learn asynchronous programming by building a runtime by hand.',
  base: BASE,
  srcDir: PAGES, outDir: fileURLToPath(new URL('../dist', import.meta.url)), cacheDir: fileURLToPath(new URL('../.cache', import.meta.url)),
  srcExclude: ['public/**'], appearance: false, metaChunk: true,
  ignoreDeadLinks: [/^\/api\//],  // Made by another generator; links.mjs looks at those, and at all others once more.
  head: [['link', {rel: 'icon', href: ICON}], ['meta', {name: 'color-scheme', content: 'light dark'}], ['script', {}, LIGHT]],
  markdown: {
    html: false, theme: {light: colours('light'), dark: colours('dark')}, codeTransformers: [numbered], config: extend, anchor: {slugify},
    image: {lazyLoading: true},
  },
  themeConfig: {
    contents: contents(),
    search: {provider: 'local', options: {_render: searched, miniSearch: {options: {storeFields: ['title', 'titles', 'text']}}}},
  },
  vue: {template: {compilerOptions: {isCustomElement: (tag) => tag === 'kettle-player'}}},
  vite: {build: {chunkSizeWarningLimit: 2000}, server: {fs: {allow: [fileURLToPath(new URL('../../', import.meta.url))]}}},
};
