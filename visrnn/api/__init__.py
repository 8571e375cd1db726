"""The front of the library, for notebooks and scripts: what `import visrnn` offers."""
