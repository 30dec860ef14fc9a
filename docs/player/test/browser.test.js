import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';

import {badge, badges, current} from '../code.js';
import {Recording} from '../model.js';
import {plain, sentence, time} from '../words.js';
import {crowd, LESSONS, recorded} from './recordings.js';
import {browse, open, seen, serve} from './site.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = new URL('./shots/', import.meta.url);
let browser;
let site;

before(async () => {
  mkdirSync(SHOTS, {recursive: true});
  site = await serve({'/crowd.json': crowd(10, 520), '/empty.json': '[', '/a.cpp': 'x\n'.repeat(20)});
  browser = await browse();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Opens a page, does something with it, and looks whether anything went wrong meanwhile. */
async function on(lesson, options, act) {
  const {page, troubles, close} = await open(browser, site.base, lesson, options);
  try {
    await act(page);
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
}

function agrees(now, recording, step, where) {
  const model = recording.at(step);
  const act = recording.act(step);
  const at = (place) => act.tasks.filter((id) => model.tasks[id]?.place === place);
  const eye = current(recording, step);
  assert.equal(now.caption, plain(recording, sentence(recording, step)), where);
  assert.equal(now.clock, time(model.time), where);
  assert.equal(now.count, `${step} / ${recording.last}`, where);
  assert.equal(now.value, step, where);
  assert.deepEqual(now.queue, model.ready, `${where}: the queue, in order`);
  assert.deepEqual(now.thread, model.running === null ? [] : [model.running], where);
  assert.deepEqual(now.waiting, at('waiting'), where);
  assert.ok(now.over.length === at('done').length || now.over.length >= 3, where);
  assert.deepEqual(now.output, recording.output.filter((line) => line.step <= step).map(({text}) => text), where);
  assert.equal(now.line, eye ? eye.line : null, `${where}: the line`);
  assert.ok(Math.abs(now.cursor - (step - act.first) * now.column) < 1 || !act.tasks.length, `${where}: the timeline's cursor`);
  assert.deepEqual(now.names, act.tasks.map((id) => recording.tasks[id].letter), where);
  const waits = [...badges(recording, step, now.file)].map(([line, list]) => `${line}:${badge(list).replace(/<[^>]+>/g, '')}`);
  assert.deepEqual(now.badges, waits.sort((a, b) => parseInt(a, 10) - parseInt(b, 10)), `${where}: who waits where`);
}

for (const lesson of LESSONS) {
  test(`${lesson}: caption, places, output, code and timeline agree with the recording at every step`, async () => {
    const recording = new Recording(recorded(lesson));
    await on(lesson, {}, async (page) => {
      agrees(await seen(page), recording, 0, `${lesson} 0`);
      for (let step = 1; step <= recording.last; ++step) {
        await page.keyboard.press('ArrowRight');
        agrees(await seen(page), recording, step, `${lesson} ${step}`);
      }
    });
  });
}

test('keys: step, back, polls, first, last, play and pause', async () => {
  const recording = new Recording(recorded('05-spawn'));
  const polls = recording.steps.flatMap(({kind}, step) => (kind === 'poll' ? [step] : []));
  await on('05-spawn', {}, async (page) => {
    const press = async (key) => { await page.keyboard.press(key); return (await seen(page)).value; };
    assert.equal(await press('ArrowRight'), 1);
    assert.equal(await press('ArrowLeft'), 0);
    assert.equal(await press('ArrowLeft'), 0, 'it stops at the beginning');
    assert.equal(await press('Shift+ArrowRight'), polls[0]);
    assert.equal(await press('Shift+ArrowRight'), polls[1]);
    assert.equal(await press('Shift+ArrowLeft'), polls[0]);
    assert.equal(await press('End'), recording.last);
    assert.equal(await press('ArrowRight'), recording.last);
    assert.equal(await press('Home'), 0);
    await page.clock.install();
    await press(' ');
    await page.clock.runFor(3500);
    assert.equal((await seen(page)).value, 3, 'it plays');
    await press(' ');
    await page.clock.runFor(3500);
    assert.equal((await seen(page)).value, 3, 'it is paused');
  });
});

test('every button is reached with Tab, and Space presses it', async () => {
  await on('05-spawn', {}, async (page) => {
    const reached = [];
    for (let i = 0; i < 20; ++i) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => { const at = document.querySelector('kettle-player').shadowRoot.activeElement; return at?.dataset.do ?? at?.className ?? at?.tagName; }));
      if (reached.at(-1) === 'step') break;
    }
    assert.equal(reached.at(-1), 'step', reached.join());
    await page.keyboard.press(' ');
    await page.keyboard.press('Enter');
    assert.equal((await seen(page)).value, 2);
  });
});

test('mouse: buttons, slider, parts, and the timeline by click and by drag', async () => {
  await on('05-spawn', {}, async (page) => {
    for (const [name, step] of [['step', 1], ['step', 2], ['back', 1], ['poll', 7], ['first', 0]]) {
      await page.locator(`[data-do=${name}]`).click();
      assert.equal((await seen(page)).value, step, name);
    }
    await page.locator('[data-go="50"]').click();
    assert.equal((await seen(page)).value, 50);
    await page.locator('[data-go="0"]').click();
    const {column} = await seen(page);
    const lanes = await page.locator('.lanes').boundingBox();
    const [x, y] = [lanes.x + column * 10.5, lanes.y + 50];
    await page.mouse.click(x, y);
    assert.equal((await seen(page)).value, 10);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + column * 8, y, {steps: 5});
    assert.equal((await seen(page)).value, 18);
    await page.mouse.up();
    await page.mouse.move(x, y);
    assert.equal((await seen(page)).value, 18, 'after the drag the mouse moves nothing');
    await page.locator('input').fill('77');
    assert.equal((await seen(page)).value, 77);
  });
});

test('guess: it asks, hides the future, counts, and tells what was right', async () => {
  await on('05-spawn', {step: 6}, async (page) => {
    await page.keyboard.press('g');
    assert.match((await seen(page)).caption, /^Which task does the thread poll next\?/);
    assert.equal(await page.locator('.veil').evaluate((veil) => getComputedStyle(veil).opacity), '1');
    await page.keyboard.press('2');
    let now = await seen(page);
    assert.equal(now.value, 7);
    assert.match(now.caption, /^Right\.What is printed next\?/);
    assert.equal(now.score, '1 of 1 right');
    await page.locator('.options button', {hasNotText: 'tea:   the water is on'}).last().click();
    now = await seen(page);
    assert.equal(now.value, 8);
    assert.match(now.caption, /^(No, it is|Right)/);
    assert.match(now.score, /of 2 right/);
    await page.keyboard.press('ArrowLeft');
    assert.doesNotMatch((await seen(page)).caption, /What is printed/, 'a question is asked once');
    await page.keyboard.press('g');
    assert.equal(await page.locator('.veil').evaluate((veil) => getComputedStyle(veil).opacity), '0.58');
  });
});

test('all steps as text', async () => {
  const recording = new Recording(recorded('06-channel'));
  await on('06-channel', {step: 3}, async (page) => {
    await page.locator('summary').click();
    await page.locator('ol li').first().waitFor();
    const lines = await page.locator('ol li').allTextContents();
    assert.deepEqual(lines, recording.steps.slice(1).map((_, i) => plain(recording, sentence(recording, i + 1))));
    assert.equal(await page.locator('ol [aria-current]').textContent(), lines[2]);
  });
});

// Counted, not timed: a busy machine must not fail it. The time that a step took is told beside the count, 236.
test('ten tasks and five hundred steps: a step touches few enough nodes for a frame', async (t) => {
  await on('crowd', {src: '/crowd.json'}, async (page) => {
    const {touched, took} = await page.evaluate(() => {
      const player = document.querySelector('kettle-player');
      const changes = new MutationObserver(() => {});
      changes.observe(player.shadowRoot, {subtree: true, childList: true, attributes: true, characterData: true});
      const counts = [];
      const times = [];
      for (let i = 0; i < 60; ++i) {
        const begun = performance.now();
        player.show((i * 197) % player.recording.last);
        player.shadowRoot.querySelector('.loop').getBoundingClientRect();
        times.push(performance.now() - begun);
        counts.push(changes.takeRecords().reduce((sum, {type, addedNodes, removedNodes}) => sum + (type === 'childList' ? addedNodes.length + removedNodes.length : 1), 0));
      }
      return {touched: Math.max(...counts), took: times.sort((x, y) => x - y)[30]};
    });
    t.diagnostic(`at most ${touched} nodes a step; a step took ${took.toFixed(1)} ms here`);
    assert.ok(touched <= 400, `${touched} nodes`);
  });
});

test('a recording that is missing, and one that is empty', async () => {
  const {page, close} = await open(browser, site.base, 'none', {src: '/none.json'});
  assert.match(await page.locator('[role=alert]').textContent(), /could not be loaded: 404/);
  await close();
  await on('empty', {src: '/empty.json'}, async (page) => assert.match((await seen(page)).caption, /empty/));
});

for (const [lesson, step, guessing] of [['05-spawn', 26, false], ['08-mutex', 130, false], ['01-future', 9, false], ['06-channel', 21, true]]) {
  for (const width of [390, 1280, 1920]) {
    for (const dark of [false, true]) {
      test(`${lesson} at ${width} pixels, ${dark ? 'dark' : 'light'}: nothing sticks out, axe finds nothing`, async () => {
        await on(lesson, {step, width, dark, height: width === 390 ? 1500 : 1100}, async (page) => {
          if (guessing) await page.keyboard.press('g');
          await page.waitForTimeout(50);
          await page.screenshot({path: new URL(`${lesson}-${width}-${dark ? 'dark' : 'light'}.png`, SHOTS).pathname});
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
          await page.locator('summary').click();
          await page.evaluate(AXE);
          const {violations} = await page.evaluate(() => window.axe.run());
          assert.deepEqual(violations.map(({id, nodes}) => `${id}: ${nodes.map(({html, failureSummary}) => `${html} ${failureSummary}`).join('\n')}`), []);
        });
      });
    }
  }
}
