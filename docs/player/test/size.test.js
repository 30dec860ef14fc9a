import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

import {build} from 'esbuild';

import {pictures} from '../../pictures.mjs';

const FOLDER = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, FOLDER), 'utf8');

test('what a reader downloads is less than 20 KB compressed', async () => {
  const {outputFiles} = await build({entryPoints: [fileURLToPath(new URL('player.js', FOLDER))], bundle: true, minify: true, format: 'esm', write: false});
  const size = gzipSync(outputFiles[0].contents, {level: 9}).length;
  assert.ok(size < 20000, `${size} bytes`);
  console.log(`# the player: ${outputFiles[0].contents.length} bytes, ${size} compressed`);
});

test('files are short, and ask nothing of anybody else', () => {
  for (const name of readdirSync(FOLDER).filter((each) => each.endsWith('.js'))) {
    const text = read(name);
    assert.ok(text.split('\n').length <= 251, `${name} is too long`);
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) assert.match(from, /^\.\/\w+\.js$/, name);
    for (const [, address] of text.matchAll(/(https?:\/\/[^\s'"`<]+)/g)) assert.equal(address, 'http://www.w3.org/2000/svg', name);
  }
});

test('the pictures are what their recordings show; the moving one is less than 20 KB and has no script', () => {
  const made = pictures();
  assert.ok(made.size > 1);
  for (const [path, svg] of made) {
    assert.equal(read(`../../${path}`), svg, `${path}: draw it again with node docs/pictures.mjs`);
    assert.doesNotMatch(svg, /NaN|undefined|<script|\son\w+=/, path);
    assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:/, path);
  }
  assert.ok(Buffer.byteLength(made.get('docs/pictures/run.svg')) < 20000);
});
