"""The generated pages of the reference, one module a page or pair of pages."""
