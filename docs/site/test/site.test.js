// The built site, as readers meet it: every page in Chromium, at two widths, light and dark, with and without JavaScript.
// Build it first: npm run build.

import assert from 'node:assert/strict';
import {createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {extname, join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {Recording} from '../../player/model.js';
import {plain, sentence} from '../../player/words.js';
import {browse, seen} from '../../player/test/site.js';
import {deadLinks, DIST, pagesOf} from '../links.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SHOTS = fileURLToPath(new URL('../shots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TYPES = {'.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml', '.css': 'text/css'};
const {lessons} = JSON.parse(readFileSync(join(ROOT, 'course/course.json'), 'utf8'));
const recorded = lessons.filter(({id}) => existsSync(join(ROOT, `docs/recordings/${id}.json`)));

if (!existsSync(join(DIST, 'index.html'))) throw new Error('There is no site to look at. Build it first: npm run build');
const pages = pagesOf(DIST);
const readable = pages.filter((page) => !page.startsWith('api/') && !page.startsWith('source/'));

let browser;
let server;
let base;

before(async () => {
  rmSync(SHOTS, {recursive: true, force: true});
  mkdirSync(SHOTS, {recursive: true});
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const file = join(DIST, path.endsWith('/') ? `${path}index.html` : path);
    const there = existsSync(file) && statSync(file).isFile();
    response.writeHead(there ? 200 : 404, {'content-type': `${TYPES[extname(file)] ?? 'text/plain'};charset=utf-8`});
    if (there) createReadStream(file).pipe(response); else response.end('There is no such page.');
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await browse();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A window that writes down whatever goes wrong in it. */
async function look({width = 1280, dark = false, script = true} = {}) {
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', javaScriptEnabled: script});
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) troubles.push(`${page.url()}: ${message.text()}`); });
  page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error}`));
  page.on('request', (request) => { if (!request.url().startsWith(`${base}/`) && !request.url().startsWith('data:')) troubles.push(`outside: ${request.url()}`); });
  page.on('response', (response) => { if (response.status() >= 400) troubles.push(`${response.status()}: ${response.url()}`); });
  const visit = async (path) => {
    await page.goto(`${base}/${path}`, {waitUntil: 'load'});
    if (script && !path.startsWith('api/')) await page.waitForFunction(() => document.querySelector('#app').__vue_app__);
    if (script && await page.locator('kettle-player').count()) await playing(page);
  };
  return {page, troubles, visit, close: () => context.close()};
}

const playing = (page) => page.waitForFunction(() => document.querySelector('kettle-player').step >= 0);

const broken = async (page) => (await page.evaluate(() => window.axe.run({resultTypes: ['violations']}))).violations
  .map(({id, nodes}) => `${page.url()}: ${id}: ${nodes.slice(0, 3).map(({html}) => html.slice(0, 160)).join(' ¦ ')}`);

test('the tests would notice: a dead link, a dead anchor, a request to somebody else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kettle-links-'));
  try {
    writeFileSync(join(folder, 'a.html'), '<p id="here"><a href="b.html">x</a><a href="#there">x</a><a href="#here">x</a><img src="https://example.org/x.png"><a href="https://example.org/">x</a></p>');
    assert.deepEqual(deadLinks(folder).map((trouble) => trouble.replace(/.*": /, '')), ['there is no such page', 'there is no such anchor', 'the page would ask somebody else']);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('every link and every anchor leads somewhere', () => {
  assert.ok(pages.length > 100, `only ${pages.length} pages`);
  assert.deepEqual(deadLinks(DIST), []);
});

test('every lesson has its chapter, and every chapter the text of its README', () => {
  for (const {id} of lessons) {
    const html = readFileSync(join(DIST, `lessons/${id}.html`), 'utf8');
    for (const [, heading] of readFileSync(join(ROOT, `lessons/${id}/README.md`), 'utf8').matchAll(/^## ([\w ]+)$/gm)) assert.ok(html.includes(`>${heading} <`), `${id}: ${heading}`);
  }
});

for (const [width, dark] of [[1280, false], [1280, true], [390, false], [390, true]]) {
  const how = `${width} pixels, ${dark ? 'dark' : 'light'}`;
  // The library's pages and the sources are all made alike: all are opened once, some of each in every way.
  const few = (prefix) => pages.filter((page) => page.startsWith(prefix)).filter((page, i) => (width === 1280 && !dark) || i % 12 === 0 || /namespacekettle|annotated|index/.test(page));
  test(`every page at ${how}: no error, no outside request, one h1, nothing sticks out, axe finds nothing`, async () => {
    const {page, troubles, visit, close} = await look({width, dark});
    try {
      for (const path of [...readable, ...few('api/'), ...few('source/')]) {
        await visit(path);
        if (await page.locator('h1').count() !== 1) troubles.push(`${path}: ${await page.locator('h1').count()} h1`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) troubles.push(`${path}: ${wide} pixels stick out`);
        await page.evaluate(AXE);
        troubles.push(...await broken(page));
        if (readable.includes(path) || /namespacekettle|time\.hpp|classkettle_1_1Interval\.html/.test(path)) await page.screenshot({path: join(SHOTS, `${path.replace(/\W+/g, '-').replace(/-html$/, '')}-${width}-${dark ? 'dark' : 'light'}.png`)});
      }
      assert.deepEqual(troubles, []);
    } finally {
      await close();
    }
  });
}

for (const {id} of recorded) {
  test(`${id}: its player is on the page, goes by keys and by mouse, and says what the recording says`, async () => {
    const recording = new Recording(readFileSync(join(ROOT, `docs/recordings/${id}.json`), 'utf8'));
    const said = (step) => plain(recording, sentence(recording, step));
    const {page, troubles, visit, close} = await look();
    try {
      await visit(`lessons/${id}.html`);
      assert.equal((await seen(page)).caption, said(0));
      await page.locator('[data-do=step]').click();
      await page.locator('[data-do=step]').click();
      assert.equal((await seen(page)).caption, said(2));
      for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowRight');
      const now = await seen(page);
      assert.equal(now.caption, said(5));
      assert.deepEqual(now.queue, recording.at(5).ready);
      assert.equal(now.count, `5 / ${recording.last}`);
      await page.keyboard.press('ArrowLeft');
      assert.equal((await seen(page)).caption, said(4));
      await page.keyboard.press('End');
      assert.equal((await seen(page)).caption, said(recording.last));
      assert.equal(await page.locator('kettle-player .file').textContent(), (await seen(page)).file);
      assert.ok(await page.locator('kettle-player .code [data-line]').count() > 10, 'the source is beside it');
      assert.deepEqual(troubles, []);
    } finally {
      await close();
    }
  });
}

test('search finds "waker", goes there, and works by keys alone', async () => {
  const {page, troubles, visit, close} = await look();
  try {
    await visit('index.html');
    await page.keyboard.press('/');
    await page.locator('.search input').waitFor();
    await page.keyboard.type('waker');
    await page.locator('.search li').first().waitFor();
    const found = await page.locator('.search li b').allTextContents();
    assert.ok(found.some((title) => title.includes('02 · Waker')), found.join('\n'));
    const marked = await page.locator('.search mark').allTextContents();
    assert.ok(marked.length > 0 && marked.every((word) => /^waker/i.test(word)), marked.join());
    await page.evaluate(AXE);
    troubles.push(...await broken(page));
    await page.screenshot({path: join(SHOTS, 'search-1280-light.png')});
    const first = await page.locator('.search li a').first().getAttribute('href');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${first}`);
    assert.equal(await page.locator('.search').count(), 0);
    await page.keyboard.press('Control+k');
    await page.locator('.search input').fill('deadlcok');
    await page.locator('.search li', {hasText: /deadlock/i}).first().waitFor();
    await page.locator('.search input').fill('qqqqqq');
    await page.locator('.search [role=status]', {hasText: 'Nothing found'}).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.search').waitFor({state: 'detached'});
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
});

test('the choice of dark is kept, also on the pages of the library', async () => {
  const {page, troubles, visit, close} = await look();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  try {
    await visit('start.html');
    const light = await ground();
    await page.getByRole('button', {name: 'Dark'}).click();
    const dark = await ground();
    assert.notEqual(dark, light);
    for (const path of ['lessons/04-sleep.html', 'api/index.html']) {
      await visit(path);
      assert.equal(await ground(), dark, path);
    }
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
});

test('following links within the site keeps the player working', async () => {
  const {page, troubles, visit, close} = await look({width: 390});
  try {
    await visit('lessons/04-sleep.html');
    await page.locator('a[rel=next]').click();
    await page.waitForURL('**/lessons/05-spawn.html');
    await page.waitForFunction(() => document.querySelector('kettle-player')?.getAttribute('src').includes('05-spawn') && document.querySelector('kettle-player').step >= 0);
    assert.equal(await page.locator('h1').textContent().then((text) => text.trim().slice(0, 10)), '05 · Spawn');
    await page.locator('.menu summary').click();
    await page.locator('.menu a', {hasText: 'Glossary'}).click();
    await page.waitForURL('**/glossary.html');
    await page.waitForFunction(() => document.querySelector('h1').textContent.startsWith('Glossary'));
    assert.equal(await page.locator('.menu[open]').count(), 0, 'the contents are out of the way');
    await page.goBack();
    await playing(page);
    await page.locator('.menu summary').click();
    await page.locator('.menu a', {hasText: 'The library'}).click();
    await page.waitForURL('**/api/index.html');
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
});

test('without JavaScript: the text, the picture, and the way to every page', async () => {
  for (const width of [390, 1280]) {
    const {page, troubles, visit, close} = await look({width, script: false});
    try {
      for (const {id} of recorded) {
        await visit(`lessons/${id}.html`);
        const picture = page.locator('kettle-player img');
        await picture.scrollIntoViewIfNeeded();
        assert.ok(await picture.isVisible(), id);
        assert.match(await picture.getAttribute('alt'), /at step \d+ of \d+: \S/);
        assert.ok((await picture.boundingBox()).height > 100, `${id}: the picture has come`);
        assert.ok(await page.getByRole('heading', {name: 'What can go wrong'}).isVisible());
        assert.equal(await page.getByRole('button', {name: 'Search'}).count(), 0, 'no button that does nothing');
      }
      await page.screenshot({path: join(SHOTS, `without-javascript-${width}.png`)});
      if (width === 390) await page.locator('.menu summary').click();
      await page.getByRole('link', {name: 'Traps'}).click();
      await page.waitForURL('**/traps.html');
      assert.ok(await page.getByRole('heading', {name: 'Kinds of mistakes'}).isVisible());
      assert.deepEqual(troubles, []);
    } finally {
      await close();
    }
  }
});

test('pictures of every page were taken, to be looked at', () => {
  assert.ok(readdirSync(SHOTS).filter((name) => /-(390|1280)-(light|dark)\.png$/.test(name)).length >= 4 * readable.length);
});
