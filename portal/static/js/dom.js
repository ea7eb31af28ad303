/**
 * Small DOM helpers. Text goes in as text nodes only: nothing that a person wrote is ever
 * parsed as markup.
 * @module
 */

/**
 * The one element that a selector names; the template promises that it is there.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function must(selector, within = document) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return /** @type {T} */ (/** @type {unknown} */ (found));
}

/**
 * Makes an element: `h('p.tag.ok', {title: '…', onclick}, 'text', child)`. Names that begin
 * with `on` are listeners, `data-…` and `aria-…` attributes; `undefined` and `false` are left
 * out.
 * @param {string} spec tag and classes
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value === true) {
      element.setAttribute(name, '');
    } else {
      element.setAttribute(name, String(value));
    }
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * An icon of the sprite.
 * @param {string} name
 * @param {string} [classes]
 */
export function icon(name, classes = 'icon') {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', classes);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `${document.body.dataset.icons ?? ''}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * Four bars of line quality.
 * @param {number} level 0 to 4
 * @param {string} label read aloud
 */
export function bars(level, label) {
  return h('span.bars', { 'data-level': level, role: 'img', 'aria-label': label },
    h('i'), h('i'), h('i'), h('i'));
}

/**
 * Makes the children of `parent` show `items` in order. An element lives as long as its key
 * does and is replaced only when its signature changes, so that focus and playing pictures
 * survive.
 * @template T
 * @param {HTMLElement} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => string} signature everything that the element shows, as text
 * @param {(item: T) => HTMLElement} make
 */
export function list(parent, items, key, signature, make) {
  const old = new Map();
  for (const child of /** @type {HTMLElement[]} */ ([...parent.children])) {
    old.set(child.dataset.key, child);
  }
  /** @type {HTMLElement | null} */
  let before = null;
  for (const item of items) {
    const id = key(item);
    const sign = signature(item);
    let element = old.get(id);
    old.delete(id);
    if (!element || element.dataset.sign !== sign) {
      const fresh = make(item);
      fresh.dataset.key = id;
      fresh.dataset.sign = sign;
      if (element) swap(element, fresh);
      element = fresh;
    }
    const next = before ? before.nextElementSibling : parent.firstElementChild;
    if (next !== element) parent.insertBefore(element, next);
    before = element;
  }
  for (const gone of old.values()) gone.remove();
}

/**
 * Puts `fresh` in the place of `old` and gives it the focus that `old` held.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
export function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const testid = focused instanceof HTMLElement ? focused.dataset.testid : undefined;
  old.replaceWith(fresh);
  if (testid) /** @type {HTMLElement | null} */ (fresh.querySelector(`[data-testid="${testid}"]`))?.focus();
}

/**
 * Sets text only when it changes, so that a live region speaks once.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
