// A form that is sent as a whole. It works without this script; with it, what is typed or chosen stays on this device until the
// server has taken it, and a lost network leads to no error page. Nothing is called stored before the server has said so.

import { renew } from "./login.js";

const OUTBOX = "therapyarc-draft";
const RETRY = 2500; // milliseconds before the next try when the server cannot be reached

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.getAttribute("action"); // form.action would be the buttons of that name
    this.state = form.querySelector("[role=status]");
    this.restore();
    form.addEventListener("input", () => { this.keep(); this.say(form.dataset.unsaved); });
    form.addEventListener("submit", (event) => this.leave(event));
  }

  get name() { return `${OUTBOX}:${this.form.dataset.owner}:${this.url}`; }
  get boxes() { return [...this.form.querySelectorAll("textarea, select, input[type=radio]")]; }
  get seen() { return [...this.form.querySelectorAll("input[type=hidden]")].filter((one) => !["csrf", "key"].includes(one.name)); }
  say(text) { this.state.textContent = text; this.state.classList.add("open"); }
  forget() { try { localStorage.removeItem(this.name); } catch { /* nothing was kept */ } }
  values() { return this.boxes.map((one) => [one.name, one.type === "radio" ? (one.checked ? one.value : null) : one.value]); }

  keep() {
    const draft = { seen: this.seen.map((one) => [one.name, one.value]), values: this.values() };
    try { localStorage.setItem(this.name, JSON.stringify(draft)); } catch { /* full or forbidden: the form holds it */ }
  }

  // What was typed comes back with what had been seen then: if another window stored other words meanwhile, that is a conflict,
  // which the server shows. A form that the server has just sent back holds all that was typed already.
  restore() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(this.name)); } catch { /* as if there were none */ }
    if (!draft) return;
    if (JSON.stringify(draft.values) === JSON.stringify(this.values())) { this.forget(); return; } // it had arrived
    if ("sent" in this.form.dataset) { this.keep(); return; }
    for (const one of this.boxes) {
      const mine = draft.values.filter(([name]) => name === one.name).map(([, value]) => value);
      if (one.type === "radio") one.checked = mine.includes(one.value);
      else if (mine.length) one.value = mine[0];
    }
    for (const [name, value] of draft.seen) if (this.form.elements[name]) this.form.elements[name].value = value;
    this.say(this.form.dataset.unsaved);
  }

  leave(event) {
    if (this.through) return;
    event.preventDefault();
    if (this.busy) return; // a second click
    this.busy = true;
    this.button = event.submitter;
    this.keep();
    this.send();
  }

  async send() {
    this.say(this.form.dataset.sending);
    const body = new URLSearchParams(new FormData(this.form));
    if (this.button?.name) body.set(this.button.name, this.button.value);
    let answer;
    try {
      answer = await fetch(this.url, { method: "POST", body, credentials: "same-origin" });
    } catch { return this.later(this.form.dataset.waiting); }
    if (answer.ok && answer.redirected) {
      if (!["/consent", "/join"].includes(new URL(answer.url).pathname)) this.forget(); // there nothing was taken yet
      location.assign(answer.url);
      return undefined;
    }
    if (answer.status === 401) { await renew(this.form); return this.later(this.form.dataset.loggedOut); }
    if (answer.status === 403 && await renew(this.form) && !this.renewed) { this.renewed = true; return this.later(this.form.dataset.sending, 50); }
    if (answer.status >= 500 || answer.status === 429) return this.later(this.form.dataset.waiting);
    this.through = true; // nothing was stored: the server shows why, with all that was typed
    this.form.requestSubmit(this.button);
    return undefined;
  }

  later(text, wait = RETRY) { this.say(text); setTimeout(() => this.send(), wait); }
}

for (const form of document.querySelectorAll("form[data-draft]")) new Draft(form);
