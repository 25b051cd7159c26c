// One rating. The page works without this script; with it, number keys choose a value, what is chosen and marked survives a
// closed tab, and a lost network leads to no error page. Nothing is called stored before the server has said so.

import { renew } from "./login.js";

const OUTBOX = "therapyarc-rating";
const RETRY = 2500; // milliseconds before the next try when the server cannot be reached

class Rate {
  constructor(form) {
    this.form = form;
    this.url = form.getAttribute("action");
    this.state = form.querySelector("[role=status]");
    this.timer = 0;
    if ("conflicted" in form.dataset) this.forget(); else this.restore();
    form.addEventListener("input", () => this.keep());
    form.addEventListener("submit", (event) => this.leave(event));
  }

  get name() { return `${OUTBOX}:${this.form.dataset.owner}:${this.url}`; }
  get revision() { return this.form.elements.revision.value; }
  chosen() { return [...this.form.querySelectorAll("input:checked")].map((box) => `${box.name}=${box.value}`); }
  forget() { try { localStorage.removeItem(this.name); } catch { /* nothing was kept */ } }
  say(text) { this.state.textContent = text; this.state.classList.add("open"); }

  keep() {
    const draft = { revision: this.revision, chosen: this.chosen(), reason: this.form.elements.reason.value };
    try { localStorage.setItem(this.name, JSON.stringify(draft)); } catch { /* full or forbidden: the form holds it */ }
  }

  restore() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(this.name)); } catch { /* as if there were none */ }
    if (!draft || draft.revision !== this.revision) { this.forget(); return; } // the server has something newer
    for (const box of this.form.querySelectorAll("input[type=radio], input[type=checkbox]")) box.checked = draft.chosen.includes(`${box.name}=${box.value}`);
    this.form.elements.reason.value = draft.reason;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, textarea, input:not([type=radio], [type=checkbox])")) return;
    const choices = [...this.form.querySelectorAll("input[type=radio][name=value]")];
    const box = choices.find((one) => one.value === event.key);
    if (box) { box.checked = true; box.focus(); this.keep(); event.preventDefault(); }
    else if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); this.form.requestSubmit(); }
  }

  leave(event) {
    if (this.through) return;
    event.preventDefault();
    if (this.busy) return; // a second click
    this.busy = true;
    this.keep();
    this.send();
  }

  async send() {
    this.say(this.form.dataset.saving);
    let answer, next, text;
    try {
      const body = new URLSearchParams(new FormData(this.form));
      answer = await fetch(this.url, { method: "POST", headers: { Accept: "application/json, text/html" }, body, credentials: "same-origin" });
      next = answer.ok && answer.headers.get("Content-Location"); // it is stored, and this is the page that comes next
      text = await answer.text();
    } catch { return this.later(this.form.dataset.waiting); }
    if (next && !("conflicted" in this.form.dataset)) { this.forget(); show(next, text); return undefined; }
    const body = next ? { next } : parsed(text);
    if (answer.ok && body.next) { this.forget(); location.assign(body.next); return undefined; }
    if (answer.status === 403 && body.error === "problem.csrf" && await renew(this.form)) return this.later(this.form.dataset.saving, 50);
    if (answer.status === 401) return this.later(this.form.dataset.loggedOut);
    if (answer.status >= 500 || answer.status === 429) return this.later(this.form.dataset.waiting);
    this.busy = false;
    if (answer.status === 422) { this.say(body.message); return undefined; }
    this.through = true; // the server shows what stands there, and what was chosen
    this.form.submit();
    return undefined;
  }

  later(text, wait = RETRY) { this.say(text); clearTimeout(this.timer); this.timer = setTimeout(() => this.send(), wait); }
}

function parsed(text) { try { return JSON.parse(text); } catch { return {}; } }

let current = null; // the form on the page
let shown = location.pathname;

function begin() {
  const form = document.querySelector("form[data-rating]");
  current = form && new Rate(form);
}

// Put the next page in the place of this one, as following a link to it would.
function show(path, text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  if (path === shown) history.replaceState(null, "", path); else history.pushState(null, "", path);
  shown = path;
  document.title = page.title;
  for (const name of ["lang", "dir"]) document.documentElement[name] = page.documentElement[name];
  document.body.replaceWith(page.body);
  begin();
  scrollTo(0, 0);
  document.querySelector("main").focus({ preventScroll: true }); // where a reader that reads aloud goes on
}

begin();
document.addEventListener("keydown", (event) => current?.key(event));
// Going back and forth between pages that were put in each other's place: fetch what stands there now.
addEventListener("popstate", () => { if (location.pathname !== shown) location.reload(); });
// A page that the browser shows again from memory after going back may hold an old revision: fetch it anew.
addEventListener("pageshow", (event) => { if (event.persisted && document.querySelector("form.rate")) location.reload(); });
