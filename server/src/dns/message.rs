//! Writing questions and reading answers.
