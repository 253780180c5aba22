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
  '.cm-gutters': { border: 'none', backgroundColor: 'var(--surface)', color: 'var(--ink3)' },
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
  '.gutter-mark': { display: 'block', width: '12px', height: '12px', marginTop: '4px', color: 'var(--edge)' },
  '.gutter-mark.error': { color: 'var(--fail-mark)' },
  '.gutter-mark.warning': { color: 'var(--wait-mark)' },
  '.gutter-mark path': { fill: 'currentColor', strokeWidth: '1.6', strokeLinecap: 'round' },
  '.gutter-mark path + path': { fill: 'none', stroke: 'var(--surface)' },
  '.gutter-mark.note path': { fill: 'none', stroke: 'currentColor', strokeDasharray: '0.1 2.9' },
  // As wide as what can be seen of the text, wherever it is scrolled to; 48 px are the gutters and the bar.
  '.callout': { padding: '2px 0 6px 6px', contain: 'inline-size' },
  '.callout .box': {
    position: 'sticky', left: '48px', width: 'calc(100cqw - 60px)', boxSizing: 'border-box',
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
