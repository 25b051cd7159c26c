// The script that every page loads. Each works without it; with it, answers are saved while they are written.
// What is typed goes first into an outbox on this device, and leaves it only when the server has said that it is stored.
// "Saved" is never shown before that.

import { newKey, renew } from "./login.js";

const OUTBOX = "therapyarc-outbox";
const WAIT = 700; // milliseconds of rest before a save
const RETRY = 3000; // milliseconds before the next try when the server cannot be reached

const read = () => { try { return JSON.parse(localStorage.getItem(OUTBOX) || "{}"); } catch { return {}; } };
const keep = (box) => { try { localStorage.setItem(OUTBOX, JSON.stringify(box)); } catch { /* full or forbidden: the form itself still holds it */ } };

let left = false; // whoever leaves is asked once

// What lies on this device for one person: drafts by name, and answers of the outbox by address.
function lying(owner) {
  try {
    const drafts = Object.keys(localStorage).filter((name) => name.startsWith("therapyarc-") && name.split(":")[1] === owner);
    const box = read();
    return { drafts, box, answers: Object.keys(box).filter((url) => box[url].owner === owner) };
  } catch { return { drafts: [], box: {}, answers: [] }; } // forbidden: nothing was kept
}

// The device may be shared: whoever leaves leaves no words behind, and is asked first if the server has not got them all.
function leave(event) {
  const form = event.target.closest("form[data-leaving]");
  if (!form) return;
  const { drafts, box, answers } = lying(form.dataset.leaving);
  if (drafts.length + answers.length && form.dataset.unsent && !confirm(form.dataset.unsent)) { event.preventDefault(); return; }
  left = true;
  for (const name of drafts) localStorage.removeItem(name);
  for (const url of answers) delete box[url];
  if (answers.length) keep(box);
}

function join(form) {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname); // the secret does not stay in the address bar or the history
  form.elements.code.value = token;
  form.querySelector("[data-by-code]").hidden = true;
  form.querySelector("[data-by-link]").hidden = false;
}

async function post(url, fields) {
  const headers = { Accept: "application/json" };
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields), credentials: "same-origin" });
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.getAttribute("action"); // form.action would be the buttons of that name
    this.owner = form.dataset.owner;
    this.state = form.querySelector("[role=status]");
    this.stored = "conflicted" in form.dataset ? null : this.came(); // what the server is known to hold
    this.flight = null; // the save under way
    this.stopped = false; // after a conflict or refusal nothing more is sent by itself
    this.timer = 0;
    const at = this.state.dataset.at;
    if (at) this.say(`${form.dataset.saved} ${this.clock(at)}`, false);
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => this.leave(event));
    addEventListener("online", () => this.send());
    addEventListener("beforeunload", (event) => { if (this.open()) event.preventDefault(); });
    if (this.stored === null) this.forget(); else this.restore();
    if (this.open() && !this.flight) this.changed(); // typed before this script was there
  }

  came() {
    const area = this.form.querySelector("textarea");
    const chosen = [...this.form.querySelectorAll("[type=radio]")].find((one) => one.defaultChecked);
    return area ? area.defaultValue : chosen?.value ?? "";
  }

  value() { return new FormData(this.form).get("value") ?? ""; }
  open() { return !left && !this.leaving && !this.stopped && this.stored !== null && this.value() !== this.stored; }
  clock(at) { return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }); }
  say(text, open) { this.state.textContent = text; this.state.classList.toggle("open", open); }

  restore() {
    const kept = read()[this.url];
    if (!kept || kept.owner !== this.owner) return;
    if (kept.value === this.stored) { this.forget(); return; }
    const area = this.form.querySelector("textarea");
    if (area) area.value = kept.value;
    else for (const box of this.form.querySelectorAll("[type=radio]")) box.checked = box.value === kept.value;
    this.form.elements.revision.value = kept.revision; // an older one makes a conflict, which is shown: nothing is lost
    this.send();
  }

  forget() { const box = read(); delete box[this.url]; keep(box); }

  changed() {
    if (this.stored === null) this.stored = ""; // the person goes on writing over the other window's answer
    const box = read();
    box[this.url] = { owner: this.owner, value: this.value(), revision: this.form.elements.revision.value };
    keep(box);
    if (this.stopped) return;
    this.say(this.form.dataset.unsaved, true);
    this.again(WAIT);
  }

  again(wait) { clearTimeout(this.timer); this.timer = setTimeout(() => this.send(), wait); }

  async send() {
    if (this.flight || !this.open()) return;
    await this.attempt("save");
    if (this.open() && this.value() !== this.pending?.value) this.again(WAIT);
  }

  // Ask the server to keep what stands in the form; resolves to what it answered, or null where it must be tried again.
  async attempt(action) {
    this.flight = this.ask(action, this.value());
    try { return await this.flight; } finally { this.flight = null; }
  }

  async ask(action, value) {
    if (this.pending?.value !== value || this.pending.action !== action) this.pending = { value, action, key: newKey() };
    this.say(this.form.dataset.saving, true);
    const fields = { csrf: this.form.elements.csrf.value, revision: this.form.elements.revision.value, action, value, key: this.pending.key };
    let answer;
    try { answer = await post(this.url, fields); } catch { return this.later(this.form.dataset.waiting); }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok && "revision" in body) {
      this.form.elements.revision.value = body.revision;
      this.stored = value;
      this.pending = null;
      if (this.value() === value) { this.forget(); this.say(`${this.form.dataset.saved} ${this.clock(body.saved_at || Date.now())}`, false); }
      return body;
    }
    if (answer.status === 403 && body.error === "problem.csrf" && await renew(this.form)) return this.later(this.form.dataset.saving, 50);
    if (answer.status === 401) return this.later(this.form.dataset.loggedOut, RETRY);
    if (answer.status >= 500 || answer.status === 429) return this.later(this.form.dataset.waiting);
    this.stopped = true;
    this.say(answer.status === 409 ? this.form.dataset.conflict : body.message || this.form.dataset.refused, true);
    return { stopped: true };
  }

  later(text, wait = RETRY) { this.say(text, true); this.again(wait); return null; }

  async leave(event) {
    if (this.stopped) { this.leaving = true; this.forget(); return; } // the server shows both answers
    event.preventDefault();
    if (this.submitting) return; // a second click
    this.submitting = true;
    clearTimeout(this.timer);
    if (this.flight) await this.flight;
    const button = event.submitter;
    const body = await this.attempt(button?.value || "next");
    this.submitting = false;
    if (body?.stopped) { this.leaving = true; this.forget(); this.form.requestSubmit(button); return; }
    if (!body?.next) return;
    clearTimeout(this.timer);
    this.leaving = true;
    this.forget();
    if ("conflicted" in this.form.dataset) location.replace(body.next); // going back must not lead to a form sent before
    else location.assign(body.next);
  }
}

document.addEventListener("submit", leave);
const joins = () => document.querySelectorAll("[data-join]").forEach(join);
joins();
addEventListener("hashchange", joins); // a link that is opened where this page is open already loads nothing anew
for (const form of document.querySelectorAll("[data-autosave]")) new Autosave(form);
// A page that the browser shows again from memory after going back may hold an old revision: fetch it anew.
addEventListener("pageshow", (event) => { if (event.persisted && document.querySelector("[data-autosave]")) location.reload(); });
