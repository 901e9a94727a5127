/** The style of all pages: readable on a phone, in light and in dark, with nothing from elsewhere. */
export const style = `
:root{color-scheme:light dark;--back:#f3f5f8;--card:#fff;--text:#16202e;--quiet:#5a6778;--line:#d8dfe8;--accent:#1f5fd0;--on-accent:#fff;--warn-back:#fff6e5;--warn-line:#e8b44a;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--back:#0f141b;--card:#19212c;--text:#e8edf4;--quiet:#9aa8ba;--line:#303c4c;--accent:#7aa7ff;--on-accent:#0b1220;--warn-back:#2b2412;--warn-line:#8d6b1f;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;align-items:center;justify-content:center;padding:16px;background:var(--back);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:420px;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:28px 24px;overflow-wrap:anywhere}
.brand{display:flex;align-items:center;gap:8px;margin:0 0 20px;color:var(--quiet);font-size:14px;font-weight:600}
.brand svg{width:20px;height:20px;flex:none;color:var(--accent)}
h1{margin:0 0 6px;font-size:22px;line-height:1.3}
p{margin:0 0 16px}
.quiet{color:var(--quiet);font-size:14px}
label{display:block;margin:0 0 14px;font-size:14px;font-weight:600}
input[type=text],input[type=password]{display:block;width:100%;margin-top:6px;padding:11px 12px;border:1px solid var(--line);border-radius:9px;background:var(--back);color:inherit;font:inherit;font-size:16px;font-weight:400}
input:focus-visible,button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
button,.button{display:block;width:100%;min-height:46px;padding:10px 16px;border:1px solid var(--line);border-radius:9px;background:transparent;color:inherit;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button.main{border-color:var(--accent);background:var(--accent);color:var(--on-accent)}
.stack{display:grid;gap:10px;margin:6px 0 0}
.or{display:flex;align-items:center;gap:12px;margin:18px 0;color:var(--quiet);font-size:13px}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.bad{padding:10px 12px;border:1px solid var(--bad);border-radius:9px;color:var(--bad);font-size:14px}
dl{margin:18px 0;border-top:1px solid var(--line)}
dl div{display:flex;gap:12px;padding:10px 0;border-bottom:1px solid var(--line);font-size:14px}
dt{flex:0 0 104px;color:var(--quiet)}
dd{margin:0;min-width:0;font-weight:600}
fieldset{margin:0 0 12px;padding:6px 12px 10px;border:1px solid var(--line);border-radius:9px}
legend{padding:0 6px;font-size:14px;font-weight:600}
label.tick{display:flex;align-items:center;gap:10px;min-height:36px;margin:0;font-weight:400;font-size:15px}
.tick input{width:18px;height:18px;margin:0;flex:none;accent-color:var(--accent)}
.choices{margin:18px 0;padding:0;overflow:hidden}
.choices legend{margin-left:12px}
label.choice{display:flex;align-items:center;gap:12px;min-height:52px;margin:0;padding:12px 14px;border-top:1px solid var(--line);font-size:16px;cursor:pointer}
label.choice:first-of-type{border-top:0}
label.choice:has(:checked){background:color-mix(in srgb,var(--accent) 12%,transparent)}
.choice input{width:20px;height:20px;margin:0;flex:none;accent-color:var(--accent)}
a.other{display:block;color:var(--accent);font-weight:400}
.note{padding:10px 12px;border:1px solid var(--warn-line);border-radius:9px;background:var(--warn-back);font-size:14px}
.foot{margin:18px 0 0;text-align:center;font-size:14px;color:var(--quiet)}
.link{display:inline;width:auto;min-height:0;padding:0;border:0;color:var(--accent);text-decoration:underline;font-size:14px}
form{margin:0}
`
