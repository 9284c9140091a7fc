/// The files that pages refer to, compiled into the program. They are in a target of their own, because arrays of bytes
/// take their time to compile.
package enum PageAssets {
  package static let style = PackageResources.style_css
  package static let script = PackageResources.pages_js
}
