// ./learn play, as a reader meets it: the link, the page, and that it ends with the page.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {browse, seen} from './site.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts ./learn play and waits for its link. */
async function playing(recording) {
  const child = spawn('./learn', ['play', recording, '--no-open'], {cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe']});
  const ended = new Promise((done) => { child.on('exit', done); });
  let words = '';
  const link = await new Promise((done, failed) => {
    child.stderr.on('data', (data) => { words += data; });
    child.stdout.on('data', (data) => {
      words += data;
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(words);
      if (found && words.includes('Ctrl-C')) done(found[0]);
    });
    child.on('exit', () => failed(new Error(words)));
  });
  return {link, ended, stop: () => child.kill()};
}

test('the page plays the recording beside its source, and the command ends with the page', async () => {
  const {link, ended, stop} = await playing('docs/recordings/05-spawn.json');
  const browser = await browse();
  try {
    const page = await browser.newPage({viewport: {width: 1280, height: 1000}});
    const troubles = [];
    page.on('console', (message) => { if (message.type() !== 'log') troubles.push(message.text()); });
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()}`));
    await page.goto(link);
    await page.waitForFunction(() => document.querySelector('kettle-player').step >= 0);
    for (let step = 0; step < 8; ++step) await page.keyboard.press('ArrowRight');
    const now = await seen(page);
    assert.match(now.caption, /tea prints “tea: the water is on”/);
    assert.equal(now.file, 'lessons/05-spawn/main.cpp');
    assert.ok(now.line > 0);
    await page.reload();
    await page.waitForFunction(() => document.querySelector('kettle-player').step >= 0);
    assert.deepEqual(troubles, []);
    await page.goto('about:blank');
    assert.equal(await ended, 0);
  } finally {
    stop();
    await browser.close();
  }
});
