// Frame: the parts of the player, empty.

import {STYLE} from './style.js';

const glyph = (path) => `<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
const KEYS = [['← →', 'step'], ['Shift ← →', 'poll'], ['Space', 'play'], ['Home End', 'first, last'], ['G', 'guess']];
/** The player before it has a recording. */
export const FRAME = `<style>${STYLE}</style><section class="player" tabindex="-1" aria-label="A recorded run">
<header><span class="badge"><svg viewBox="0 0 16 16" aria-hidden="true"><path class="i o"/></svg></span>
<div class="say" role="status"></div><div class="clock"><b></b><span></span></div></header>
<div class="main"><div class="left"><div class="file"></div><div class="code" tabindex="0" role="region" aria-label="Source"><div></div></div>
<div class="out" tabindex="0" role="region" aria-label="Output"><small>output</small><div></div></div></div>
<div class="loop"><svg role="img"></svg></div></div>
<div class="acts" role="group" aria-label="Parts"></div>
<div class="time"><ul class="names"></ul><div class="lanes" tabindex="0" role="region" aria-label="Timeline: click to go to a step"><div><svg aria-hidden="true"></svg><div class="veil"></div><div class="cursor"></div></div></div></div>
<div class="controls" role="toolbar" aria-label="Steps"><button data-do="first" title="Key: Home" aria-label="First step">${glyph('M3 3v10M13 3L6 8l7 5z')}</button><button data-do="back" title="Key: Left arrow" aria-label="Back">${glyph('M11 3L4 8l7 5z')}<span class="w"> Back</span></button>
<button data-do="step" title="Key: Right arrow" class="main-one">Step ${glyph('M5 3l7 5-7 5z')}</button><button data-do="poll" title="Key: Shift and right arrow" aria-label="Next poll"><span class="w">Next poll </span>${glyph('M2.5 3l6 5-6 5zM8.5 3l6 5-6 5z')}</button><button data-do="play" title="Key: Space" aria-pressed="false">Play</button>
<button data-do="guess" title="Key: G" aria-pressed="false">Guess</button><input type="range" min="0" aria-label="Step"><span class="count"></span><span class="score" role="status"></span></div>
<details><summary></summary><ol tabindex="0"></ol><p class="keys">${KEYS.map(([key, does]) => `<kbd>${key}</kbd> ${does}`).join(' · ')}</p></details></section>`;
