// A server for the tests: this repository's files on loopback, and Chromium to look at them.

import {existsSync, readFileSync, statSync} from 'node:fs';
import {createServer} from 'node:http';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {chromium} from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TYPES = {'.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml'};

/** Serves the repository; `extra` maps further paths to texts. */
export async function serve(extra = {}) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const file = join(ROOT, path);
    const text = path in extra ? extra[path] : existsSync(file) && statSync(file).isFile() ? readFileSync(file) : null;
    response.writeHead(text === null ? 404 : 200, {'content-type': `${TYPES[extname(path)] ?? 'text/plain'};charset=utf-8`}).end(text ?? '');
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return {base: `http://127.0.0.1:${server.address().port}`, close: () => server.close()};
}

/** Chromium: CHROMIUM names another than Debian's. */
export const browse = () => chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox']});

/** A page with a player of that recording. `troubles` gathers errors and requests to anywhere else. */
export async function open(browser, base, lesson, {width = 1280, height = 1000, dark = false, step = 0, src} = {}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce'});
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) troubles.push(message.text()); });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) troubles.push(`outside: ${request.url()}`); });
  await page.goto(`${base}/docs/player/index.html?src=${src ?? `/docs/recordings/${lesson}.json`}&source=/&step=${step}&title=${lesson}`);
  await page.waitForFunction(() => document.querySelector('kettle-player').step >= 0 || document.querySelector('kettle-player').shadowRoot.querySelector('.trouble'));
  return {page, troubles, close: () => context.close()};
}

/** What the player shows now, read from the page and not from the model. */
export const seen = (page) => page.evaluate(() => {
  const root = document.querySelector('kettle-player').shadowRoot;
  const text = (selector) => root.querySelector(selector).textContent;
  const place = (look) => [...root.querySelectorAll(`.loop [data-look=${look}]`)].map((chip) => Number(chip.dataset.task));
  const box = (element) => element.getBoundingClientRect();
  return {
    caption: text('.say'), clock: text('.clock b'), count: text('.count'), score: text('.score'), file: text('.file'), value: Number(root.querySelector('input').value),
    queue: [...root.querySelectorAll('.loop [data-look=ready],.loop [data-look=again]')].map((chip) => Number(chip.dataset.task)),
    thread: place('thread'), waiting: place('waiting'), over: place('done'),
    output: [...root.querySelectorAll('.out p span')].map((line) => line.textContent),
    line: root.querySelector('.code .now') ? Number(root.querySelector('.code .now').dataset.line) : null,
    badges: [...root.querySelectorAll('.badges')].map((list) => `${list.parentElement.dataset.line}:${list.textContent}`),
    cursor: Math.round((box(root.querySelector('.cursor')).left - box(root.querySelector('.lanes>div')).left) * 10) / 10,
    column: box(root.querySelector('.cursor')).width, names: [...root.querySelectorAll('.names li b')].map((name) => name.textContent),
  };
});
