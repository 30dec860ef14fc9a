// Links: every address in the built site leads to a page, a file or an anchor that is there. VitePress looks at the
// pages that it is given; this looks at what came out, the other generator's pages as well.

import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, extname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

export const DIST = fileURLToPath(new URL('./dist/', import.meta.url));

/** All pages of a built site. */
export const pagesOf = (dist) => readdirSync(dist, {recursive: true}).map(String).filter((name) => name.endsWith('.html')).sort();

const plain = (text) => text.replace(/&amp;/g, '&').replace(/&#39;/g, "'").replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>');

/**
 * What is wrong with the links of a built site, a line for each.
 * @param {string} dist  its folder
 * @param {string} base  the path under which it will be served
 */
export function deadLinks(dist, base = '/') {
  const troubles = [];
  const anchors = new Map();
  const anchorsOf = (file) => {
    if (!anchors.has(file)) anchors.set(file, new Set([...readFileSync(file, 'utf8').matchAll(/<[^>]*?\s(?:id|name)="([^"]*)"/g)].map(([, id]) => plain(id))));
    return anchors.get(file);
  };
  for (const page of pagesOf(dist)) {
    const file = join(dist, page);
    const html = readFileSync(file, 'utf8').replace(/<script\b[^]*?<\/script>/g, '').replace(/<!--[^]*?-->/g, '');
    for (const [, name, address] of html.matchAll(/\s(href|src|source)="([^"]*)"/g)) {
      const target = plain(address);
      const complain = (why) => troubles.push(`${page}: ${name}="${target}": ${why}`);
      if (/^(data|mailto):/.test(target)) continue;
      if (/^([a-z]+:)?\/\//i.test(target)) {
        if (name !== 'href' || /<link[^>]*$/.test(html.slice(0, html.indexOf(`"${address}"`)))) complain('the page would ask somebody else');
        continue;
      }
      const [path, anchor] = target.split('#');
      if (path.startsWith('/') && !path.startsWith(base)) { complain(`is not below ${base}`); continue; }
      const place = path === '' ? file : path.startsWith('/') ? join(dist, decodeURI(path.slice(base.length)).split('?')[0]) : resolve(dirname(file), decodeURI(path).split('?')[0]);
      if (relative(dist, place).startsWith('..')) { complain('leads out of the site'); continue; }
      if (!existsSync(place)) { complain('there is no such page'); continue; }
      const there = statSync(place).isDirectory() ? (name === 'source' ? place : join(place, 'index.html')) : place;
      if (!existsSync(there)) { complain('there is no such page'); continue; }
      if (anchor && extname(there) === '.html' && !anchorsOf(there).has(decodeURIComponent(anchor))) complain('there is no such anchor');
    }
  }
  return troubles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const troubles = deadLinks(DIST, process.env.KETTLE_BASE);
  if (!existsSync(join(DIST, 'index.html'))) troubles.push('there is no site: npm run build');
  for (const trouble of troubles) console.error(trouble);
  if (!troubles.length) console.log(`${pagesOf(DIST).length} pages; every link leads somewhere`);
  process.exitCode = troubles.length ? 1 : 0;
}
