/// The style sheet of pages, with a light and a dark colour scheme.
enum PageStyle {
  static let css = """

    :root { color-scheme: light dark; --text: #1c2024; --faint: #687076; --line: #d7dbdf; --back: #fff; --ink: #0b68cb;
      --card: #f8f9fa; --good: #18794e; --warn: #ad5700 }
    @media (prefers-color-scheme: dark) { :root { --text: #ecedee; --faint: #9ba1a6; --line: #3a3f42; --back: #151718;
      --ink: #52a9ff; --card: #1a1d1e; --good: #4cc38a; --warn: #f1a10d } }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 1100px;
      margin: 2rem auto; padding: 0 1rem }
    h1 { font-size: 1.5rem; margin: 0 0 .6rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .6rem }
    .state { font-size: .9rem; font-weight: normal; color: var(--ink); margin-left: .6rem }
    .finished { color: var(--good) } .interrupted { color: var(--warn) }
    .bar { height: 6px; border-radius: 3px; background: var(--line); overflow: hidden }
    .bar div { height: 100%; background: var(--ink) }
    .curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 1rem }
    .curves figure { margin: 0; padding: .6rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card) }
    .curves figcaption { font-size: .85rem; color: var(--faint); display: flex; justify-content: space-between }
    .curves b { color: var(--text) } svg { width: 100%; height: auto; display: block }
    svg text { font-size: 11px; fill: var(--faint) } svg .grid { stroke: var(--line) }
    svg .raw { fill: none; stroke: var(--ink); stroke-opacity: .28 }
    svg .smooth { fill: none; stroke: var(--ink); stroke-width: 2 } svg .dot { fill: var(--ink) }
    .samples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); gap: 1rem }
    .samples figure { margin: 0 } .samples img { width: 100%; image-rendering: pixelated; border-radius: 4px }
    .samples figcaption { font-size: .85rem; color: var(--faint) }
    table { border-collapse: collapse } th { text-align: left; font-weight: normal; color: var(--faint);
      padding: .15rem 1.5rem .15rem 0; white-space: nowrap; vertical-align: top } td { overflow-wrap: anywhere }

    """
}
