/// A column of images that a model renders.
package struct RenderedColumn: Sendable {
  package let label: String
  package let role: SourceReport.Role
  package let origin: String
  package let images: RenderedImages

  package init(label: String, role: SourceReport.Role, origin: String, images: RenderedImages) {
    self.label = label
    self.role = role
    self.origin = origin
    self.images = images
  }
}

/// A column of images in a folder.
package struct FolderColumn: Sendable {
  package let label: String
  package let role: SourceReport.Role
  package let origin: String
  package let images: LabelledImages

  package init(label: String, role: SourceReport.Role, images: LabelledImages) {
    self.label = label
    self.role = role
    self.images = images
    origin = images.folder + (images.split.map { ", split \($0)" } ?? "")
  }
}
