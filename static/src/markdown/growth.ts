// Turns nodes that are shown into newer ones and touches only what differs: the words before stay selected and laid out.

/** Makes `shown`, the last children of `parent`, like `wanted`; gives what is shown then. */
export function grow(parent: Node, shown: readonly ChildNode[], wanted: readonly ChildNode[]): ChildNode[] {
  for (const extra of shown.slice(wanted.length)) extra.remove();
  return wanted.map((node, at) => {
    const old = shown[at];
    if (!old) return parent.appendChild(node);
    if (become(old, node)) return old;
    old.replaceWith(node);
    return node;
  });
}

/** Whether `old` could be made into `wanted`. */
function become(old: ChildNode, wanted: ChildNode): boolean {
  if (old instanceof Text && wanted instanceof Text) {
    if (wanted.data.startsWith(old.data)) old.appendData(wanted.data.slice(old.data.length));
    else old.data = wanted.data;
    return true;
  }
  if (!(old instanceof HTMLElement && wanted instanceof HTMLElement)) return false;
  if (old.isEqualNode(wanted)) return true;
  // A formula that is drawn already has children of its own.
  if (old.dataset["tex"] !== undefined) return old.dataset["tex"] === wanted.dataset["tex"] && old.dataset["display"] === wanted.dataset["display"];
  if (!old.cloneNode(false).isEqualNode(wanted.cloneNode(false))) return false;
  grow(old, [...old.childNodes], [...wanted.childNodes]);
  return true;
}
