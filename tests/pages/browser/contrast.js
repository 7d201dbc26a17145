// Lets axe ask for the contrast of a text only where it has not passed before, on this page or
// another: `passed` are the keys of those that did. A key is all that axe computes contrast of: the
// style of the text, and of whatever is painted behind it.
(passed) => {
  const GRAPHICS = /^(img|svg|canvas|video|object|iframe|input|select|textarea|button)$/i;
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const matches = (rule.asked ??= rule.matches);
  const known = new Set(passed);
  const backs = new Map();
  const faded = new Map();
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
  const key = (element) => {
    const style = getComputedStyle(element);
    const stacks = axe.commons.dom.getTextElementStack(element);
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
    if (!matches.call(rule, element, ...more)) return false;
    const text = key(element);
    if (known.has(text)) return false;
    known.add(text);
    window.asked.add(text);
    return true;
  };
}
