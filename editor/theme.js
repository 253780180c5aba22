//! How the editor looks. The page's custom properties reach into the shadow root; no colour is written here.
import { EditorView } from '@codemirror/view';

const squiggle = (colour) => ({
  textDecoration: `underline wavy ${colour}`, textDecorationThickness: '1.5px', textUnderlineOffset: '3px',
  textDecorationSkipInk: 'none',
});

export const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--surface)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: 'var(--code)', fontVariantLigatures: 'none', overflow: 'auto', containerType: 'inline-size' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--ink)' },
  '.cm-content ::selection, & ::selection': { backgroundColor: 'Highlight', color: 'HighlightText' },
  '.cm-line': { padding: '0 12px 0 6px', borderLeft: '3px solid transparent' },
  '.cm-gutters': { border: 'none', backgroundColor: 'transparent', color: 'var(--ink3)' },
  '.cm-lineNumbers': { minWidth: '30px', font: 'var(--code)', fontSize: '0.6875rem' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'var(--sunken)' },
  '.cm-placeholder': { color: 'var(--ink3)' },
  '.key': { color: 'var(--ink2)' },
  '.value': { fontWeight: '600' },
  '.comment': { color: 'var(--ink3)', fontStyle: 'italic' },
  '.under-error': squiggle('var(--fail-mark)'),
  '.under-warning': squiggle('var(--wait-mark)'),
  '.under-note': { borderBottom: '1.5px dotted var(--edge)' },
  '.barred': { borderLeftColor: 'var(--ink)' },
  '.lit, &.cm-focused .lit.cm-activeLine': { backgroundColor: 'var(--sunken)' },
  '.cause': { backgroundColor: 'var(--mark)' },
  '.flash': { animation: 'flash 600ms ease-out' },
  '@keyframes flash': { from: { backgroundColor: 'var(--mark)' }, to: { backgroundColor: 'transparent' } },
  '.marks': { width: '12px' },
  '.gutter-mark': { display: 'block', width: '7px', height: '7px', margin: '6px 2px 0', border: '1.5px solid var(--edge)', borderRadius: '50%' },
  '.gutter-mark.note': { borderStyle: 'dotted' },
  '.gutter-mark.problem': {
    width: '9px', height: '9px', border: 'none', borderRadius: '0', backgroundColor: 'var(--fail-mark)',
    clipPath: 'polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)',
  },
  '.gutter-mark.warning': {
    width: '9px', height: '9px', border: 'none', borderRadius: '0', backgroundColor: 'var(--wait-mark)', clipPath: 'polygon(50% 0, 100% 100%, 0 100%)',
  },
  // As wide as what is seen of the text, wherever that is scrolled to.
  '.callout': { position: 'sticky', left: '44px', boxSizing: 'border-box', width: 'calc(100cqw - 48px)', padding: '2px 12px 6px 6px' },
  '.callout .box': {
    padding: '4px 10px 8px', borderLeft: '3px solid var(--fail-mark)',
    backgroundColor: 'var(--fail-tint)', color: 'var(--ink)', font: 'var(--note)', whiteSpace: 'normal',
  },
  '.callout .box.warning': { borderLeftColor: 'var(--wait-mark)', backgroundColor: 'var(--wait-tint)' },
  '.callout .message': { display: 'block', font: 'var(--code-note)', overflowWrap: 'anywhere' },
  '.callout .way-on': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px', marginTop: '4px' },
  '.callout .help': { color: 'var(--ink2)' },
  '.callout button': {
    minHeight: '1.5rem', padding: '0 8px', border: '1px solid var(--edge)', borderRadius: '6px',
    backgroundColor: 'var(--surface)', color: 'var(--ink)', font: 'var(--note)', cursor: 'pointer',
  },
  '.callout code': { font: 'var(--code-note)' },
  '.callout button:focus-visible': { outline: '2.5px solid var(--ink)', outlineOffset: '2px' },
});
