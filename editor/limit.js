//! No text above the limit gets in: it is refused before it is inserted, since inserting alone can take long.
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/** UTF-8 bytes of `text`; stops counting where no answer can change any more. */
function bytes(text, enough) {
  if (text.length > enough) return text.length;
  return new TextEncoder().encode(text).length;
}

/** Refuses what would make the document larger than `limit` bytes, and reports its size to `tooLarge`. */
export function limitSize(limit, tooLarge) {
  const refuses = (view, text, event) => {
    if (!text || text.length + view.state.doc.length <= limit / 3) return false; // at most 3 bytes a unit
    const { from, to } = view.state.selection.main;
    const total = bytes(text, limit) + bytes(view.state.doc.toString(), limit) - (to - from);
    if (total <= limit) return false;
    event.preventDefault();
    tooLarge(total, text);
    return true;
  };
  return [
    EditorView.domEventHandlers({
      paste: (event, view) => refuses(view, event.clipboardData?.getData('text/plain'), event),
      beforeinput: (event, view) => refuses(view, event.data ?? event.dataTransfer?.getData('text/plain'), event),
      drop: (event, view) => {
        const file = event.dataTransfer?.files?.[0];
        if (file && file.size > limit) {
          event.preventDefault();
          tooLarge(file.size);
          return true;
        }
        return refuses(view, event.dataTransfer?.getData('text/plain'), event);
      },
    }),
    // Whatever other way it takes.
    EditorState.changeFilter.of((transaction) => transaction.newDoc.length <= limit),
  ];
}
