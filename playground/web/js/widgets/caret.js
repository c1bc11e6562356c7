/** Where the caret stands in a small editable field. */

/** Characters before the caret, or null when it is not a plain caret inside the field. */
export function caretOffset(element) {
  const selection = getSelection();
  if (!selection.rangeCount || !selection.isCollapsed || !element.contains(selection.focusNode))
    return null;
  const range = document.createRange();
  range.selectNodeContents(element);
  range.setEnd(selection.focusNode, selection.focusOffset);
  return range.toString().length;
}

export const caretAtStart = (element) => caretOffset(element) === 0;
export const caretAtEnd = (element) => caretOffset(element) === element.textContent.length;

/** Focus a field with the caret at its start or end. */
export function focusAt(element, end = true) {
  element.focus();
  const range = document.createRange();
  range.selectNodeContents(element);
  range.collapse(!end);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

/** Put text at the caret of a field, replacing what is selected. */
export function insertText(element, text) {
  const selection = getSelection();
  const range =
    selection.rangeCount && element.contains(selection.focusNode) ? selection.getRangeAt(0) : null;
  if (!range) return void element.append(text);
  range.deleteContents();
  const node = document.createTextNode(text);
  range.insertNode(node);
  range.setStartAfter(node);
  range.collapse(true);
  selection.removeAllRanges();
  selection.addRange(range);
}
