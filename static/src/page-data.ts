/** What the server put into the page with `json_script`, or null. */
export function pageData<T>(id: string): T | null {
  if (typeof document === "undefined") return null;
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}
