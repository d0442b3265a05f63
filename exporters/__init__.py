"""Sources to series: each subpackage turns one kind of source into readings and windows."""
