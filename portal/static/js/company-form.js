/**
 * Forms of companies: cities follow the province, rows follow the kind of request, links that
 * check a name follow the name. Without this script everything is there at once.
 * @module
 */

// Names of a module are its own; without an import it has to say that it is one.
export {};

/**
 * Shows the cities of the chosen province alone.
 * @param {HTMLSelectElement} province
 * @param {HTMLSelectElement} city
 */
function narrow(province, city) {
  /** @type {HTMLOptGroupElement[]} */
  const groups = [...city.querySelectorAll('optgroup')];
  const show = () => {
    const chosen = city.selectedOptions[0]?.parentElement;
    // A group that is only hidden is still offered by some browsers: it is taken out.
    for (const group of groups) group.remove();
    for (const group of groups) {
      if (!province.value || group.dataset.of === province.value) city.append(group);
    }
    if (chosen instanceof HTMLOptGroupElement && !chosen.isConnected) city.value = '';
    const here = groups.filter((group) => group.isConnected);
    const only = here.length === 1 ? here[0].querySelectorAll('option') : [];
    if (only.length === 1 && !city.value) city.value = only[0].value;
  };
  province.addEventListener('change', show);
  show();
}

/**
 * Shows the rows of the chosen kind of request alone.
 * @param {NodeListOf<HTMLInputElement>} kinds
 */
function follow(kinds) {
  /** @type {NodeListOf<HTMLElement>} */
  const rows = document.querySelectorAll('[data-for]');
  const show = () => {
    const chosen = [...kinds].find((kind) => kind.checked)?.value;
    for (const row of rows) row.hidden = row.dataset.for !== chosen;
  };
  for (const kind of kinds) kind.addEventListener('change', show);
  show();
}

const province = document.querySelector('select[data-province]');
const city = document.querySelector('select[data-city]');
if (province instanceof HTMLSelectElement && city instanceof HTMLSelectElement) narrow(province, city);

/** @type {NodeListOf<HTMLInputElement>} */
const kinds = document.querySelectorAll('input[data-kind]');
if (kinds.length) follow(kinds);

const name = document.querySelector('input[name="name"]');
/** @type {NodeListOf<HTMLAnchorElement>} */
const checks = document.querySelectorAll('a[data-check]');
if (name instanceof HTMLInputElement) {
  name.addEventListener('input', () => {
    for (const link of checks) {
      link.href = `${link.dataset.check ?? ''}${encodeURIComponent(name.value.trim())}`;
    }
  });
}
