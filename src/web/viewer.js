// The live part of the viewer: follows links and forms without leaving the page, and swaps what has changed when the
// server says that something is new. Without it everything works by loading pages.
'use strict';
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const parts = (root) => [...root.querySelectorAll('[data-part]')];
  const live = one('#live');
  let turn = 0;
  let acting = 0;
  let later = false;
  const keys = [];

  // Loads a page of ours and shows what is new in it; what was asked for later wins.
  async function show(url, { body, form = null, push = false, again = false } = {}) {
    const mine = (turn += 1);
    if (!again) acting += 1;
    document.body.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(url, body ? { method: 'POST', body } : { headers: again ? { 'x-live': '1' } : {} });
      const text = await answer.text();
      if (mine !== turn) return;
      if (!answer.ok) return tell(text);
      if (push && answer.url !== location.href) history.pushState(null, '', answer.url);
      swap(new DOMParser().parseFromString(text, 'text/html'), form);
    } catch {
      tell('Pressrun does not answer; is it still running?');
    } finally {
      if (mine === turn) document.body.removeAttribute('aria-busy');
      if (!again) acting -= 1;
      if (!acting && keys.length) press(keys.shift());
      else if (later && !acting) news();
    }
  }

  // Looks anew, but never instead of what somebody has just asked for.
  function news() {
    later = acting > 0;
    if (!later) show(location.href, { again: true });
  }

  function tell(text) {
    const notes = one('[data-part=notes]');
    const said = document.createElement('p');
    said.className = 'said bad';
    said.setAttribute('role', 'status');
    said.textContent = text;
    notes?.replaceChildren(said);
    if (notes) notes.dataset.print = '';
  }

  function swap(next, posted) {
    document.title = next.title;
    const there = new Map(parts(document).map((part) => [part.dataset.part, part]));
    for (const part of parts(next)) {
      const old = there.get(part.dataset.part);
      if (!old) continue;
      const same = part.dataset.print ? part.dataset.print === old.dataset.print : part.dataset.shape === old.dataset.shape;
      if (part.dataset.shape) old.className = part.className;
      if (same && Boolean(part.dataset.shape) === Boolean(old.dataset.shape)) continue;
      if (part.dataset.part.startsWith('frame-')) reload(old, part);
      else replace(old, part, posted);
    }
    // What one of them has and the other has not: a letter has come, or has gone.
    const shown = (root) => parts(root).map((part) => part.dataset.part).filter((name) => !name.startsWith('frame-')).join();
    if (shown(document) !== shown(next)) one('main').replaceWith(document.importNode(one('main', next), true));
  }

  // Swaps a piece; the keyboard, what was typed, what was opened and how far one had scrolled stay.
  function replace(old, next, posted) {
    const fresh = document.importNode(next, true);
    const at = old.contains(document.activeElement) ? document.activeElement : null;
    const row = at?.closest('li[id]');
    const rows = [row, row?.nextElementSibling, row?.previousElementSibling].map((one) => one?.id);
    for (const input of old.querySelectorAll('input[id]:not([type=checkbox]),textarea[id],.hands select[id]')) {
      const same = fresh.querySelector(`#${CSS.escape(input.id)}`);
      // What was posted has done its work.
      if (same && touched(input) && input.form !== posted) same.value = input.value;
    }
    for (const details of old.querySelectorAll('details[id]')) {
      const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
      if (same) same.open = details.open;
    }
    const top = old.scrollTop;
    old.replaceWith(fresh);
    fresh.scrollTop = top;
    if (at) focus(again(fresh, at) ?? beside(fresh, rows));
  }

  const touched = (input) => (input.matches('select')
    ? [...input.options].some((option) => option.selected !== option.defaultSelected && option.value)
    : input.value !== input.defaultValue);

  function again(root, at) {
    let same = null;
    if (at === root || at.dataset.part === root.dataset.part) same = root;
    else if (at.id) same = one(`#${CSS.escape(at.id)}`, root);
    else if (at.dataset.key) same = one(`[data-key="${CSS.escape(at.dataset.key)}"]`, root);
    else if (at.value) same = one(`[value="${CSS.escape(at.value)}"]`, root);
    return same && same.getClientRects().length ? same : null;
  }

  // Where the keyboard goes when what it was at has vanished: its row, the next one, the piece.
  function beside(root, rows) {
    const row = rows.map((id) => id && one(`#${CSS.escape(id)}`, root)).find((found) => found && !found.closest('details'));
    return (row && one('button:not(.go),select', row)) ?? root;
  }

  function focus(at) {
    if (at.tabIndex < 0) at.tabIndex = -1;
    at.focus({ preventScroll: true });
    if (at.dataset.part === undefined) at.scrollIntoView({ block: 'nearest' });
  }

  // Loads a frame behind the one that is seen, and changes places when it is there, as far down as before.
  function reload(old, next) {
    old.dataset.print = next.dataset.print;
    old.querySelectorAll('iframe.coming').forEach((frame) => frame.remove());
    const now = one('iframe', old);
    const coming = document.importNode(one('iframe', next), true);
    coming.classList.add('coming');
    coming.addEventListener('load', () => {
      try {
        const { scrollX, scrollY } = now.contentWindow;
        coming.contentWindow.scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
      } catch { /* A letter that has led its frame away begins at its top. */ }
      coming.classList.remove('coming');
      now.remove();
    }, { once: true });
    now.after(coming);
  }

  // What hangs over the letter closes when one looks elsewhere, be it into a frame.
  const close = (at) => document.querySelectorAll('details.seen[open]').forEach((open) => { if (!open.contains(at)) open.open = false; });
  document.addEventListener('pointerdown', (event) => close(event.target));
  addEventListener('blur', () => { if (document.activeElement?.matches('iframe')) close(null); });

  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[data-soft]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.href, { push: true });
  });

  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-soft]');
    if (!form) return;
    event.preventDefault();
    const values = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method === 'post') {
      show(form.action, { body: values, form, push: true });
      return;
    }
    for (const [name, value] of [...values]) if (!value) values.delete(name, value);
    // Another digest has other editions.
    if (form.dataset.changed === 'digest') values.delete('edition');
    show(`${form.action}?${values}`, { push: true });
  });

  document.addEventListener('change', (event) => {
    const form = event.target.form;
    if (!form?.matches('form.choose')) return;
    form.dataset.changed = event.target.name;
    form.requestSubmit();
  });

  document.addEventListener('keydown', (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest('input,select,textarea')) return;
    if (event.key === 'Escape') close(null);
    const key = event.key.toLowerCase();
    if (!keyed(key)) return;
    event.preventDefault();
    // What a key leads to depends on what the one before it has led to.
    if (acting) keys.push(key);
    else press(key);
  });

  const keyed = (key) => one(`[data-key="${CSS.escape(key)}"]`);

  function press(key) {
    const wanted = keyed(key);
    wanted?.click();
    // One that only moves the focus draws nothing.
    if (!acting && keys.length) press(keys.shift());
  }

  addEventListener('popstate', () => show(location.href));

  document.documentElement.classList.add('live');
  one('#keys')?.removeAttribute('hidden');
  const { live: source } = document.body.dataset;
  if (!source) return;
  const events = new EventSource(source);
  let seen = null;
  events.addEventListener('change', ({ data }) => {
    if (seen !== null && seen !== data) news();
    seen = data;
  });
  events.addEventListener('open', () => { live?.removeAttribute('hidden'); live?.classList.remove('lost'); if (live) live.textContent = 'Live'; });
  events.addEventListener('error', () => { live?.classList.add('lost'); if (live) live.textContent = 'Not connected'; });
})();
