"""Files that are tables, and the bounds that beanpole sets itself."""
