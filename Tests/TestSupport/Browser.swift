import Files
package import Foundation

/// A real Chromium without a window, driven through chromedriver by the protocol of WebDriver.
package final class Browser: Sendable {
  /// An element of the page.
  package struct Element: Sendable {
    fileprivate let id: String
  }

  /// WebDriver's name for the reference to an element.
  private static let reference = "element-6066-11e4-a52e-4f735466cecf"

  private let driver: ChildProcess
  private let port: Int
  /// The path of the session's commands.
  private let session: String

  /// Runs a body with a new browser, which ends afterwards.
  ///
  /// - Parameter scripts: whether pages may run scripts.
  package static func with<T: Sendable>(
    scripts: Bool = true, isolation: isolated (any Actor)? = #isolation, _ body: (Browser) async throws -> T
  ) async throws -> T {
    try await TestFolder.with { folder in
      let browser = try await Browser(folder: folder, scripts: scripts)
      let result: Result<T, any Error>
      do {
        result = .success(try await body(browser))
      } catch {
        result = .failure(error)
      }
      await browser.close()
      return try result.get()
    }
  }

  private init(folder: String, scripts: Bool) async throws {
    let log = "\(folder)/driver.log"
    try Data().write(to: URL(filePath: log))
    let driver = try ChildProcess(
      "/usr/bin/chromedriver", ["--port=0"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "TZ": "UTC"],
      output: .file(log), error: .file(log))
    self.driver = driver
    do {
      port = try await eventually("chromedriver listens") {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
          .firstMatch(of: /started successfully on port (\d+)/).flatMap { Int($0.1) }
      }
      // Without a sandbox, because tests may run as root in a container.
      let arguments =
        [
          "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
          "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
          "--window-size=1440,900", "--user-data-dir=\(folder)/profile",
        ] + (scripts ? [] : ["--blink-settings=scriptEnabled=false"])
      let answer = try await Self.call(
        "POST", port: port, "/session",
        [
          "capabilities": [
            "alwaysMatch": [
              "goog:chromeOptions": ["args": arguments, "binary": "/usr/bin/chromium"],
              "goog:loggingPrefs": ["browser": "ALL", "performance": "ALL"],
            ]
          ]
        ])
      guard let id = (answer as? [String: Any])?["sessionId"] as? String else {
        throw NotObserved(description: "chromedriver gave no session")
      }
      session = "/session/\(id)"
    } catch {
      driver.send(SIGKILL)
      _ = driver.wait()
      throw error
    }
  }

  private func close() async {
    // The browser ends with its session; a driver that was killed would leave it behind.
    _ = try? await Self.call("DELETE", port: port, session)
    driver.send(SIGTERM)
    _ = try? await BlockingExecutor.run { [driver] in driver.wait() }
  }

  /// Opens an address and waits until it is loaded.
  package func open(_ address: String) async throws {
    _ = try await command("POST", "/url", ["url": address])
  }

  package func address() async throws -> String { try await command("GET", "/url") as? String ?? "" }

  /// Waits until the page has an address: a click may return before the browser leaves for another page.
  package func comes(to description: String, where isThere: (String) -> Bool) async throws {
    try await eventually(description) { isThere(try await address()) }
  }

  /// The page's markup as it is now.
  package func source() async throws -> String { try await command("GET", "/source") as? String ?? "" }

  /// The elements that a CSS selector finds.
  package func elements(_ selector: String) async throws -> [Element] {
    let found = try await command("POST", "/elements", ["using": "css selector", "value": selector])
    return (found as? [[String: String]] ?? []).compactMap { $0[Self.reference].map { Element(id: $0) } }
  }

  /// The first element that a CSS selector finds, as soon as there is one: a click may have left for another page.
  ///
  /// - Throws: `NotObserved` if none appears.
  package func element(_ selector: String) async throws -> Element {
    try await eventually("an element \(selector)") { try await self.elements(selector).first }
  }

  /// Waits until a CSS selector finds `count` elements, because a script may still have to make them.
  ///
  /// - Throws: `NotObserved` if it does not.
  package func shows(_ count: Int, _ selector: String) async throws {
    try await eventually("\(count) elements \(selector)") { try await self.elements(selector).count == count }
  }

  /// Waits until the first element that a CSS selector finds shows a text.
  ///
  /// - Throws: `NotObserved` if it does not.
  package func shows(_ text: String, in selector: String) async throws {
    try await eventually("'\(text)' in \(selector)") { try await self.text(selector).contains(text) }
  }

  /// The visible text of the first element that a CSS selector finds.
  package func text(_ selector: String) async throws -> String {
    try await onElement(selector, "GET", "/text") as? String ?? ""
  }

  package func click(_ selector: String) async throws {
    _ = try await onElement(selector, "POST", "/click", [:])
  }

  package func type(_ text: String, into selector: String) async throws {
    _ = try await onElement(selector, "POST", "/value", ["text": text])
  }

  /// A command on the first element that a selector finds; again if the page replaced the element in between.
  private func onElement(
    _ selector: String, _ method: String, _ command: String, _ body: [String: Any]? = nil
  ) async throws -> Any? {
    var attempts = 0
    while true {
      attempts += 1
      do {
        return try await self.command(method, "/element/\(try await element(selector).id)\(command)", body)
      } catch let error as NotObserved where error.description.contains("stale element") && attempts < 20 {
        continue
      }
    }
  }

  /// Runs a script and returns its value as JSON text.
  package func run(_ script: String) async throws -> String {
    let value = try await command("POST", "/execute/sync", ["script": script, "args": [Any]()])
    return String(
      decoding: try JSONSerialization.data(
        withJSONObject: value ?? NSNull(), options: [.fragmentsAllowed, .sortedKeys]),
      as: UTF8.self)
  }

  /// Makes the page as wide as a screen, light or dark.
  package func show(width: Int, height: Int, dark: Bool) async throws {
    try await devTools(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    try await devTools(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
  }

  /// The PNG of the page as it is shown, or of all of it.
  package func screenshot(whole: Bool = true) async throws -> Data {
    let value = try await devTools("Page.captureScreenshot", ["captureBeyondViewport": whole])
    guard let text = (value as? [String: Any])?["data"] as? String, let data = Data(base64Encoded: text) else {
      throw NotObserved(description: "the browser gave no picture")
    }
    return data
  }

  /// What was written to the console since the last call, of errors and warnings.
  package func complaints() async throws -> [String] {
    try await log("browser").filter { ["SEVERE", "WARNING"].contains($0["level"] as? String) }
      .compactMap { $0["message"] as? String }
  }

  /// The addresses that were asked for over the network since the last call: those of pages, not of the browser's own tabs.
  package func requests() async throws -> [String] {
    try await log("performance").compactMap { entry in
      guard let text = entry["message"] as? String,
        let event = (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["message"]
          as? [String: Any],
        event["method"] as? String == "Network.requestWillBeSent",
        let request = (event["params"] as? [String: Any])?["request"] as? [String: Any]
      else { return nil }
      return (request["url"] as? String).flatMap { address in
        ["chrome:", "data:", "blob:"].contains(where: address.hasPrefix) ? nil : address
      }
    }
  }

  private func log(_ type: String) async throws -> [[String: Any]] {
    try await command("POST", "/se/log", ["type": type]) as? [[String: Any]] ?? []
  }

  @discardableResult
  package func devTools(_ method: String, _ parameters: [String: Any]) async throws -> Any? {
    try await command("POST", "/goog/cdp/execute", ["cmd": method, "params": parameters])
  }

  private func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> Any? {
    try await Self.call(method, port: port, session + path, body)
  }

  private static func call(
    _ method: String, port: Int, _ path: String, _ body: [String: Any]? = nil
  ) async throws -> Any? {
    let data = try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
    let answer = try await RawHTTP.request(
      path, port: port, method: method, headers: ["Content-Type": "application/json"],
      body: String(decoding: data, as: UTF8.self))
    guard answer.status == 200 else {
      throw NotObserved(description: "\(method) \(path): \(answer.text.prefix(600))")
    }
    return (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["value"]
  }
}
