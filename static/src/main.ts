/** The entry: frame, forms, panel and live regions at once; pictures when a page has one. */
import "./styles/main.css";
import "./elements/pm-live";
import "./elements/pm-explanation";
import "./elements/rest-form";
import "./elements/theme-choice";
import { offerFromAddress } from "./form/restoration";
import { takePastedDays } from "./shared/days";
import { offerLink } from "./shared/link";
import { keepPlace } from "./shared/place";

const pictures: Record<string, () => Promise<unknown>> = {
  "pm-columns": () => import("./elements/pm-columns"),
  "pm-curve": () => import("./elements/pm-curve"),
  "pm-grid": () => import("./elements/pm-grid"),
  "pm-inbox": () => import("./elements/pm-inbox"),
  "pm-import": () => import("./elements/pm-import"),
  "pm-fitting": () => import("./elements/pm-fitting"),
  "pm-earned": () => import("./elements/pm-earned"),
  "pm-exposure": () => import("./elements/pm-exposure"),
  "pm-pasted": () => import("./elements/pm-pasted"),
  "pm-mention": () => import("./elements/pm-mention"),
  "pm-map": () => import("./elements/pm-map"),
  "pm-tracks": () => import("./elements/pm-tracks"),
  "pm-update": () => import("./elements/pm-update"),
};

const foldsOrLong = () =>
  document.querySelector("main :is([data-folds], [data-more])") !== null ||
  document.querySelectorAll("main h2[id]").length > 2;

function loadWhatIsThere(): void {
  for (const [name, load] of Object.entries(pictures)) {
    if (document.querySelector(name)) void load();
  }
  if (foldsOrLong()) void import("./elements/pm-contents");
  if (document.querySelector("main :is([data-narrows], table.cards tr:nth-child(31))")) {
    void import("./elements/narrowing").then((module) => {
      module.foldNarrowing();
    });
  }
}
loadWhatIsThere();
// A region may bring one that was not there before.
document.addEventListener("pm:refreshed", loadWhatIsThere);

// Of tabs that scroll sideways, the page's own is in sight. `scrollIntoView` would have the Tab key begin there.
const tab = document.querySelector(".tabs [aria-current]");
const tabs = tab?.closest(".tabs");
if (tab && tabs) {
  const [here, all] = [tab.getBoundingClientRect(), tabs.getBoundingClientRect()];
  tabs.scrollLeft += here.left + here.width / 2 - all.left - all.width / 2;
}

addEventListener("load", () => {
  void import("./elements/siblings").then((module) => {
    module.offerSiblings();
  });
});

const bell = document.querySelector<HTMLElement>("[data-bell]");
if (bell) {
  addEventListener("load", () => {
    void import("./elements/unread").then((module) => {
      module.pollUnread(bell);
    });
  });
}

takePastedDays();
keepPlace();
offerLink();
offerFromAddress();
if ((history.state as { told?: object } | null)?.told) {
  void import("./form/verb-undo").then((module) => {
    module.offerStoredUndo();
  });
}

// What was typed into a filter before this script came counts too.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form.filters")) {
    const search = form.querySelector<HTMLInputElement>("input[type=search]");
    if (search && search.value !== search.defaultValue) form.dispatchEvent(new Event("change"));
  }
});

const OPEN_MENU = "details:is(.usermenu, .registers-menu)[open]";

// A menu closes on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN_MENU)) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector<HTMLDetailsElement>(OPEN_MENU);
  if (menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

const KEYS = new Set(["g", "j", "k", "e", "?"]);

/** Whether keys are letters here: in a field, a grid, a menu that is open. */
function typing(event: KeyboardEvent): boolean {
  const target = event.target as Element;
  return (
    event.isComposing ||
    !!target.closest("input, select, textarea, [contenteditable], [role=grid], dialog")
  );
}

/** Opens the palette at once: what is typed before the rest of it has come stands in its field already. */
function palette(): void {
  const dialog = document.querySelector<HTMLDialogElement>("pm-palette dialog");
  const field = dialog?.querySelector("input");
  if (!dialog || !field || dialog.open) return;
  const opener = document.activeElement;
  field.value = "";
  dialog.showModal();
  void import("./elements/pm-palette").then((module) => {
    module.begin(opener);
  });
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("[data-palette]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  palette();
});

let going = false;
let keys: Promise<typeof import("./elements/keys")> | undefined; // one, so that keys keep their order
document.addEventListener("keydown", (event) => {
  const held = event.ctrlKey || event.metaKey;
  if (event.altKey || event.defaultPrevented || !document.querySelector("pm-palette")) return;
  if (held && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette();
  }
  if (held || typing(event) || document.body.dataset.shortcuts === "off") return;
  if (event.key === "/") {
    event.preventDefault();
    palette();
  } else if (going || KEYS.has(event.key)) {
    going = event.key === "g";
    keys ??= import("./elements/keys");
    void keys.then((module) => {
      module.pressed(event);
    });
  }
});

document.addEventListener("input", ({ target }) => {
  if (target instanceof HTMLInputElement && target.matches("[data-tree-filter]")) {
    void import("./elements/tree-filter").then((module) => {
      module.narrow(target);
    });
  }
});
