/** The write token of the page, which a later sign-in beside the page makes another. */
import { reader } from "./page";

/** Take the token of now into the page; false where nobody is signed in, or somebody else than who opened the page. */
export async function renewed(): Promise<boolean> {
  const answer = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, here] = [page, document].map((each) =>
    each.querySelector<HTMLMetaElement>('meta[name="csrf-token"]'),
  );
  if (!now || !here || now.dataset.reader !== reader()) return false;
  here.content = now.content;
  return true;
}
