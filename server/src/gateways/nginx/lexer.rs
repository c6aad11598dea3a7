//! Text to tokens.
/// Token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token;
/// Kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /** Word */
    Word,
}
/// Splits.
pub fn lex(_text: &str) -> Vec<Token> {
    todo!()
}
