//! Tokens to tree.
/// A directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive;
/// The whole configuration as a tree, includes expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree;
