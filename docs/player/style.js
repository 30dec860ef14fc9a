// Style: how the player looks. It asks its own width, not the screen's, so that it fits wherever it stands.

import {forPage, SHAPES} from './palette.js';

export const STYLE = `
:host{display:block;${forPage};container-type:inline-size;font:15px/1.45 system-ui,sans-serif;color:var(--ink)}
:host([hidden]){display:none}
*{box-sizing:border-box}
.player{border:1px solid var(--line);border-radius:12px;background:var(--ground);overflow:clip}
.player:focus{outline:none}
:focus-visible{outline:3px solid var(--t0);outline-offset:2px}
header{display:flex;gap:14px;align-items:center;padding:12px 16px;background:var(--panel);border-bottom:1px solid var(--line);min-height:76px}
.badge{flex:none;width:36px;height:36px;border-radius:50%;background:var(--t,var(--soft));display:grid;place-items:center}
.badge svg{width:20px}
.say{flex:1;min-width:0;font-size:18px;line-height:1.4;overflow-wrap:anywhere}
.say .who{font:600 16px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;background:var(--t);color:var(--on);border-radius:5px;padding:1px 6px}
.verdict{font-weight:700;margin-right:.4em}
.clock{flex:none;text-align:right;color:var(--soft);font-size:12px;line-height:1.25}
.clock b{display:block;font:600 19px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:nowrap}
.options{display:inline-flex;flex-wrap:wrap;gap:6px;vertical-align:middle;margin:2px 0 2px 8px}
.options button{font:600 14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;border:1.5px solid var(--t,var(--ink));color:var(--t,var(--ink))}
.options kbd{font:inherit;opacity:.75;margin-right:.4em}
.main{display:grid;grid-template-columns:minmax(0,1fr)}
.left{display:flex;flex-direction:column;min-width:0}
.file{padding:6px 14px;color:var(--soft);font-size:12px;border-bottom:1px solid var(--line)}
.code{flex:1 1 250px;height:250px;overflow:auto;padding:6px 0;position:relative;font:13px/20px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;tab-size:4}
.code>div{width:max-content;min-width:100%;position:relative}
.code [data-line]{display:flex;border-left:4px solid transparent}
.code i{flex:none;width:38px;padding-right:10px;text-align:right;color:var(--soft);font-style:normal;user-select:none}
.code code{font:inherit;white-space:pre;padding-right:12px}
.code .now{background:color-mix(in srgb,var(--t,var(--soft)) 15%,var(--ground));border-left-color:var(--t,var(--soft))}
.code .word{color:var(--word)}.code .text{color:var(--text)}.code .note{color:var(--soft)}
.badges{margin-left:auto;position:sticky;right:8px;display:flex;gap:3px;padding-left:6px}
.badges b{font:650 11px/16px system-ui,sans-serif;color:var(--t);background:var(--ground);border:1.5px solid var(--t);border-radius:9px;padding:0 6px;margin:1px 0;white-space:nowrap}
.badges b:not([class]){--t:var(--ink)}.badges .ready{border-style:dashed}
[hidden]{display:none!important}
.out{flex:none;height:124px;overflow:auto;background:var(--shell);color:var(--shell-ink);padding:6px 14px;font:13px/20px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
.out small{display:block;font:600 12px/18px system-ui,sans-serif;opacity:.75}
.out p{margin:0;display:flex;gap:10px;white-space:pre-wrap;overflow-wrap:anywhere}
.out p i{flex:none;width:62px;text-align:right;font-style:normal;opacity:.75}
.out p.new{font-weight:650;box-shadow:inset 4px 0 #ffb35c;margin-left:-14px;padding-left:14px}
.loop{padding:10px 14px;border-top:1px solid var(--line);min-width:0}
svg{display:block;max-width:100%}.loop svg{margin:0 auto}
.time{display:flex;border-top:1px solid var(--line);position:relative}
.names{flex:none;width:136px;padding:26px 8px 4px 14px;list-style:none;margin:0}
.names li{height:30px;display:flex;gap:8px;align-items:center;font:600 12.5px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;color:var(--t,var(--soft))}
.names li b{flex:none;width:19px;height:19px;border-radius:50%;background:var(--t);color:var(--on);font:700 11px/19px system-ui,sans-serif;text-align:center}
.names li span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.names li:last-child{font:12.5px system-ui,sans-serif;justify-content:flex-end;padding-right:6px}
.lanes{flex:1;min-width:0;overflow-x:auto;overflow-y:hidden;cursor:pointer;touch-action:pan-x}
.lanes>div{position:relative}.lanes svg{max-width:none}
.cursor{position:absolute;top:2px;bottom:2px;left:0;border:1.6px solid var(--ink);border-radius:5px;background:color-mix(in srgb,var(--ink) 12%,transparent);pointer-events:none}
.veil{position:absolute;top:0;bottom:0;right:0;background:var(--ground);opacity:.58;pointer-events:none}
.guessing .veil{opacity:1}
.acts{display:flex;flex-wrap:wrap;gap:6px;align-items:center;padding:8px 14px 0;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
.acts:not([hidden])+.time{border-top:0}
.acts button{padding:1px 10px;font-weight:500;font-size:13px}.acts button[aria-pressed=true]{background:var(--ink);color:var(--ground)}
.controls{display:flex;flex-wrap:wrap;gap:6px;align-items:center;padding:9px 14px;background:var(--panel);border-top:1px solid var(--line);position:sticky;bottom:0;z-index:1}
button{font:600 14px system-ui,sans-serif;color:var(--ink);background:var(--ground);border:1px solid var(--line);border-radius:7px;padding:6px 11px;cursor:pointer;min-height:28px}
button .g{display:inline-block;width:12px;height:12px;vertical-align:-1px;fill:currentColor;stroke:currentColor;stroke-width:1.4;stroke-linejoin:round}
button:hover{border-color:var(--ink)}button:disabled{color:var(--soft);border-color:var(--line);cursor:default}
.controls button.main-one{background:var(--ink);color:var(--ground);border-color:var(--ink)}
.controls button[aria-pressed=true]{box-shadow:inset 0 0 0 2px var(--ink)}
input[type=range]{flex:1 1 120px;min-width:80px;accent-color:var(--t0);height:26px;margin:0 6px}
.count{font:600 13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;min-width:82px;text-align:right}
.score{font-size:13px;color:var(--soft)}
details{border-top:1px solid var(--line);padding:9px 16px}
summary{cursor:pointer;color:var(--soft)}
details ol{margin:8px 0 0;padding:0 0 0 3.2em;max-height:340px;overflow:auto;columns:auto}
details li{margin:2px 0}details li[aria-current]{font-weight:700}
.keys{color:var(--soft);font-size:13px;margin:8px 0 0}
.keys kbd{border:1px solid var(--line);border-radius:4px;padding:0 4px;font:12px ui-monospace,monospace;color:var(--ink)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.trouble{padding:24px 18px}
.unread .code,.unread .file{display:none}
.bare .loop,.bare .time,.bare .acts{display:none}
@container (min-width:720px){
.main{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.loop{border-top:0;border-left:1px solid var(--line)}
.left{position:relative}.code{flex:1 1 0;min-height:250px}
.bare .main{grid-template-columns:minmax(0,1fr)}.bare .left{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr)}.bare .file{grid-column:1/3}.bare .out,.bare .code{height:440px}
.names{width:176px}}
@container (min-width:1100px){.code,.out{font-size:14px;line-height:21px}.code{min-height:360px}.say{font-size:19px}}
@container (max-width:520px){
header{padding:10px 12px;gap:10px;min-height:96px}.say{font-size:16px}.say .who{font-size:14.5px}.clock b{font-size:16px}
.names{width:92px;padding-left:10px}.loop{padding:8px 6px}.controls{padding:8px 10px}.controls button{padding:7px 9px}.controls .w{display:none}.controls .g{width:14px;height:14px}
.controls .main-one{flex:1}input[type=range]{order:9;flex-basis:50%}.count{order:10;min-width:0}.score{order:11}.options{display:flex;margin-left:0}}
@media (prefers-reduced-motion:no-preference){.cursor,.veil{transition:transform .18s,width .18s}}
@media print{:host{color-scheme:light;print-color-adjust:exact}.controls,.keys{display:none}.veil{display:none}.code,.out{height:auto;max-height:none}.player{break-inside:avoid}}
${SHAPES}`;
