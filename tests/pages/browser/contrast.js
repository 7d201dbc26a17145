// Lets axe ask for the contrast of a text only where it has not passed before, on this page or
// another: `passed` are the keys of those that did. A key is all that axe computes contrast of: the
// style of the text, and of whatever is painted behind it. What lies behind a text is looked for
// again only where something has `moved` since the page was looked at last: of all that is looked
// at, this takes longest.
({ passed, moved }) => {
  const GRAPHICS = /^(img|svg|canvas|video|object|iframe|input|select|textarea|button)$/i;
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const matches = (rule.asked ??= rule.matches);
  const known = new Set(passed);
  const backs = new Map();
  const faded = new Map();
  const texts = moved || !window.texts ? (window.texts = new Map()) : window.texts;
  window.asked = new Set();

  const back = (element) => {
    if (!backs.has(element)) {
      const { backgroundColor, backgroundImage, mixBlendMode, opacity } = getComputedStyle(element);
      const graphic = GRAPHICS.test(element.tagName) ? element.tagName : "";
      backs.set(element, [backgroundColor, backgroundImage, mixBlendMode, opacity, graphic].join());
    }
    return backs.get(element);
  };
  const fading = (element) => {
    if (!element) return 1;
    if (!faded.has(element)) {
      faded.set(element, fading(element.parentElement) * getComputedStyle(element).opacity);
    }
    return faded.get(element);
  };
  const stacksOf = (element, ...more) => {
    if (!texts.has(element)) {
      const isText = matches.call(rule, element, ...more);
      texts.set(element, isText && axe.commons.dom.getTextElementStack(element));
    }
    return texts.get(element);
  };
  const key = (element, stacks) => {
    const style = getComputedStyle(element);
    const behind = stacks.map((stack) => [...new Set(stack.map(back))].join("<"));
    return [
      style.color,
      style.webkitTextFillColor,
      style.webkitTextStroke,
      style.fontSize,
      style.fontWeight,
      style.textShadow,
      fading(element),
      ...new Set(behind),
    ].join(";");
  };
  rule.matches = (element, ...more) => {
    const stacks = stacksOf(element, ...more);
    if (!stacks) return false;
    const text = key(element, stacks);
    if (known.has(text)) return false;
    known.add(text);
    window.asked.add(text);
    return true;
  };
}
