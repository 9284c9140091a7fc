import Foundation
import TestSupport

/// What an accessibility checker finds on a page, as far as a program can find it: names, roles, contrast, headings,
/// focus, width.
enum PageCheck {
  static let sizes = [(width: 1440, height: 900), (width: 390, height: 844)]

  /// The faults of the page that the browser shows, in light and dark and at each width; writes pictures if
  /// `EMOFARM_SCREENSHOTS` names a folder.
  static func faults(of browser: Browser, named name: String) async throws -> [String] {
    var faults: [String] = []
    for size in sizes {
      for isDark in [false, true] {
        try await browser.show(width: size.width, height: size.height, dark: isDark)
        let scheme = isDark ? "dark" : "light"
        let found = try JSONDecoder().decode([String].self, from: Data(try await browser.run(script).utf8))
        faults += found.map { "\(name), \(size.width) px, \(scheme): \($0)" }
        if let folder = ProcessInfo.processInfo.environment["EMOFARM_SCREENSHOTS"] {
          try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
          try await browser.screenshot().write(to: URL(filePath: "\(folder)/\(name)-\(size.width)-\(scheme).png"))
        }
      }
    }
    return faults
  }

  /// Contrast as in WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text.
  private static let script = """
    const faults = [];
    const seen = new Set();
    const say = (text) => { if (!seen.has(text)) { seen.add(text); faults.push(text); } };
    const shown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
    const name = (e) => (e.getAttribute('aria-label') || e.textContent || '').trim()
      || Array.from(e.querySelectorAll('img'), (i) => i.alt).join(' ').trim();
    const where = (e) => e.tagName.toLowerCase() + (e.className ? '.' + e.className : '') + ' ' + name(e).slice(0, 30);

    if (!document.documentElement.lang) say('the page names no language');
    if (document.querySelectorAll('main').length !== 1) say('the page has not one main part');
    if (document.querySelectorAll('h1').length !== 1) say('the page has not one h1');
    if (document.title.trim() === '') say('the page has no title');
    if (document.documentElement.scrollWidth > innerWidth) {
      say('the page is ' + document.documentElement.scrollWidth + ' px wide');
    }
    let level = 0;
    for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
      const own = Number(h.tagName[1]);
      if (own > level + 1) say('the heading ' + name(h) + ' skips a level');
      level = own;
    }
    const ids = new Set();
    for (const e of document.querySelectorAll('[id]')) {
      if (ids.has(e.id)) say('the id ' + e.id + ' is there twice');
      ids.add(e.id);
    }
    for (const e of document.querySelectorAll('[aria-labelledby]')) {
      if (!document.getElementById(e.getAttribute('aria-labelledby'))) say(where(e) + ' is labelled by nothing');
    }
    for (const e of document.querySelectorAll('a[href], button')) {
      if (shown(e) && name(e) === '') say(where(e) + ' has no name');
    }
    for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) say('a picture has no text: ' + e.src);
    for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
      if (e.labels.length === 0 && !e.getAttribute('aria-label')) say(where(e) + ' has no label');
    }
    for (const e of document.querySelectorAll('progress')) if (!e.getAttribute('aria-label')) say('a bar has no label');
    for (const e of document.querySelectorAll('table')) {
      if (!e.caption && !e.closest('[aria-label]')) say('a table has no caption');
      if (!e.querySelector('th[scope]')) say('a table has no headings');
    }
    for (const e of document.querySelectorAll('*')) {
      if (e.tabIndex > 0) say(where(e) + ' changes the order of the focus');
      const scrolls = e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
      if (scrolls && e.tabIndex < 0) say(where(e) + ' scrolls, but not by keyboard');
    }

    const parse = (text) => {
      const numbers = text.match(/[\\d.]+/g).map(Number);
      return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (e) => {
      for (; e; e = e.parentElement) {
        const { rgb, alpha } = parse(getComputedStyle(e).backgroundColor);
        if (alpha === 1) return rgb;
      }
      return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !shown(e) || ['SCRIPT', 'NOSCRIPT', 'PROGRESS'].includes(e.tagName)) continue;
      const style = getComputedStyle(e);
      const [a, b] = [light(parse(style.color).rgb), light(ground(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      if (ratio < least) say(where(e) + ' has a contrast of ' + ratio.toFixed(2));
    }
    return faults;
    """
}
