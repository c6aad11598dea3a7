//! The languages that the public page speaks.

use super::code;

code! {
    /// What visitors read. Admin pages, APIs and the terminal are English.
    #[derive(Default)]
    pub enum Language {
        /// English.
        #[default]
        English = "en",
        /// German.
        German = "de",
        /// Spanish.
        Spanish = "es",
        /// French.
        French = "fr",
        /// Japanese.
        Japanese = "ja",
        /// Arabic, from right to left, with the digits that times and addresses have too.
        Arabic = "ar",
    }
}

impl Language {
    /// Where a line begins: the value of `dir`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            _ => "ltr",
        }
    }

    /// Its own name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "español",
            Self::French => "français",
            Self::Japanese => "日本語",
            Self::Arabic => "العربية",
        }
    }
}
