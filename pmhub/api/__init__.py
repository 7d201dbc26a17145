"""The REST layer: a resource is a serializer, a filter set and a few lines of view."""
