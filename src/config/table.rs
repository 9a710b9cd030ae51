//! The table: how a declaration of keys becomes a type that reads itself, has defaults and prints itself.

/// Declares a table. A key without a default must be there; `complete` tables have a default for every key.
macro_rules! table {
    (complete $(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $shape:ty = $default:expr,)* }) => {
        table! { $(#[$about])* $name { $($(#[$doc])* $key: $shape = $default,)* } }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default),* }
            }
        }
    };
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $shape:ty $(= $default:expr)?,)* }) => {
        $(#[$about])*
        #[derive(Clone)]
        pub struct $name { $($(#[$doc])* pub $key: $shape,)* }

        impl $name {
            /// The names of the keys.
            pub const KEYS: &[&str] = &[$(stringify!($key)),*];
        }

        impl Shape for $name {
            fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
                let table = at.table(found, Self::KEYS)?;
                $(let $key: Option<$shape> = table!(@read at, table, $key $(, $default)?);)*
                Some(Self { $($key: $key?),* })
            }

            fn print(&self, key: &str, to: &mut Printer<'_>) {
                to.table(key, |to| self.print_keys(to));
            }
        }

        impl $name {
            pub(super) fn print_keys(&self, to: &mut Printer<'_>) {
                $(self.$key.print(stringify!($key), to);)*
            }
        }

        // Printed, so that what is masked there is masked here.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut to = Printer::new(None);
                self.print_keys(&mut to);
                f.write_str(&to.finish())
            }
        }
    };
    (@read $at:ident, $table:ident, $key:ident) => { $at.required($table, stringify!($key)) };
    (@read $at:ident, $table:ident, $key:ident, $default:expr) => {
        $at.optional($table, stringify!($key), $default)
    };
}

pub(super) use table;
