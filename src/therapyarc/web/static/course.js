// A session with a client. The page works without it; with it, turns are sent without leaving the page and the answer comes
// word by word. What is typed leaves the outbox on this device only when the server has said that it is stored, and nothing
// of the client is shown before it is.

import { newKey, renew } from "./login.js";

const OUTBOX = "therapyarc-turn";
const RETRY = 2500; // milliseconds before the next try when the server cannot be reached

class Session {
  constructor(form) {
    this.form = form;
    this.url = form.getAttribute("action"); // form.action would be the buttons of that name
    this.log = document.querySelector(".talk");
    this.state = form.querySelector("[role=status]");
    this.area = form.elements.text;
    this.again = form.querySelector("[data-again]");
    this.again.firstElementChild.addEventListener("click", () => this.listen());
    this.busy = false;
    const kept = this.kept();
    if (kept) {
      this.area.value = kept.text;
      if (kept.sent && kept.seen === this.seen) this.send(kept); // was on its way when the page closed
      else if (kept.sent) { this.forget(); this.area.value = ""; } // it had arrived
    }
    form.addEventListener("input", () => this.typed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.busy || !this.area.value.trim()) return; // a second click
      this.send({ text: this.area.value, seen: this.seen, sent: true, action: event.submitter?.value || "say", key: newKey() });
    });
    if (!kept?.sent) this.last();
    if (form.dataset.waits && !this.busy) { this.lock(true); this.listen(); } // the client owes an answer
  }

  get seen() { return Number(this.form.elements.seen.value); }
  get name() { return `${OUTBOX}:${this.form.dataset.owner}:${this.url}`; }
  kept() { try { return JSON.parse(localStorage.getItem(this.name)); } catch { return null; } }
  keep(turn) { try { localStorage.setItem(this.name, JSON.stringify(turn)); } catch { /* full or forbidden: the form holds it */ } }
  forget() { try { localStorage.removeItem(this.name); } catch { /* nothing was kept */ } }
  say(text, open = true) { this.state.textContent = text; this.state.classList.toggle("open", open); }
  typed() { if (this.area.value.trim()) this.keep({ text: this.area.value, seen: this.seen, sent: false }); else this.forget(); }
  last() { this.log?.lastElementChild?.scrollIntoView({ block: "nearest" }); }

  async send(turn) {
    this.keep(turn);
    this.lock(true);
    this.say(this.form.dataset.sending);
    const fields = { csrf: this.form.elements.csrf.value, text: turn.text, seen: turn.seen, key: turn.key, action: turn.action };
    let answer;
    try {
      answer = await fetch(this.url, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields), credentials: "same-origin" });
    } catch { return this.later(turn, this.form.dataset.waiting); }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.forget();
      this.add("therapist", turn.seen, turn.text);
      this.area.value = "";
      this.form.elements.seen.value = turn.seen + 1;
      return this.listen();
    }
    if (answer.status === 403 && body.error === "problem.csrf" && await renew(this.form)) return this.later(turn, this.form.dataset.sending, 50);
    if (answer.status === 401) return this.later(turn, this.form.dataset.loggedOut);
    if (answer.status >= 500 || answer.status === 429) return this.later(turn, this.form.dataset.waiting);
    this.keep({ ...turn, sent: false });
    this.lock(false);
    this.say(body.message || this.form.dataset.refused);
    if (answer.status === 409) setTimeout(() => location.reload(), 1500);
  }

  later(turn, text, wait = RETRY) { this.say(text); setTimeout(() => this.send(turn), wait); }
  lock(on) { this.busy = on; for (const button of this.form.querySelectorAll("button[name]")) button.disabled = on; this.area.readOnly = on; }

  // The stored answer comes in pieces that carry their place. After a break it is asked for again from the last whole turn, and
  // what had come of it is taken away first: no word stands twice.
  async listen() {
    this.say(this.form.dataset.answering);
    this.again.hidden = true;
    this.over = false;
    for (const line of this.log.querySelectorAll("[data-seq]")) if (Number(line.dataset.seq) >= this.seen) line.remove();
    try {
      const answer = await fetch(`${this.url}/stream?from=${this.seen}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      for await (const piece of lines(answer.body)) this.take(piece);
      if (!this.over) throw new Error("cut off");
    } catch { this.say(this.form.dataset.lost); setTimeout(() => this.listen(), RETRY); }
  }

  take(piece) {
    if ("word" in piece) this.turn("client", piece.seq).append(piece.word);
    else if ("text" in piece) this.turn("client", piece.seq).textContent = piece.text;
    else if ("failed" in piece) {
      this.over = true;
      this.say(piece.message);
      this.again.hidden = false;
      this.again.firstElementChild.focus();
    } else if ("next" in piece) {
      this.over = true;
      this.form.elements.seen.value = piece.next;
      this.form.elements.key.value = newKey();
      if (piece.ended) { location.reload(); return; }
      this.lock(false);
      this.say(this.form.dataset.kept, false);
      // not while somebody is elsewhere on the page, with the keyboard or a reader that reads aloud
      if (document.activeElement === document.body || this.form.contains(document.activeElement)) this.area.focus();
    }
    this.last();
  }

  turn(role, seq) {
    let line = this.log.querySelector(`[data-seq="${seq}"]`);
    if (!line) line = this.add(role, seq, "");
    return line.querySelector("span");
  }

  add(role, seq, text) {
    const line = document.createElement("li");
    line.className = role;
    line.dataset.seq = seq;
    const label = document.createElement("b");
    label.textContent = this.form.dataset[role];
    const said = document.createElement("span");
    said.textContent = text;
    line.append(label, " ", said);
    this.log.append(line);
    this.last();
    return line;
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const parts = rest.split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
    if (done) return;
  }
}

for (const form of document.querySelectorAll("[data-course]")) new Session(form);
