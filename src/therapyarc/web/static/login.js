// What every script that saves needs: a login's fresh token, and a key under which a try that is repeated counts once.

export async function renew(form) { // signed in again in another window: take that login's token, if it is the same person
  try {
    const answer = await fetch("/token", { headers: { Accept: "application/json" } });
    const body = await answer.json();
    if (!answer.ok || body.owner !== form.dataset.owner) return false;
    form.elements.csrf.value = body.csrf;
    return true;
  } catch { return false; }
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
