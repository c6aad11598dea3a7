//! Users and their groups, from the host's own files.

use serde::{Deserialize, Serialize};

/// A user with all of its groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its name; the number as text where it has none.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its main group and all further ones.
    pub gids: Vec<u32>,
}

/// Finds a user by name or number in the texts of `passwd` and `group`.
pub fn find(passwd: &str, group: &str, wanted: &str) -> Option<User> {
    let number = wanted.parse::<u32>().ok();
    let mut rows = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let row =
        rows.find(|row| row.len() >= 4 && (row[0] == wanted || (number.is_some() && row[2].parse().ok() == number)));
    let (name, uid, main) = match row {
        Some(row) => (row[0], row[2].parse().ok()?, row[3].parse().ok()),
        None => (wanted, number?, None),
    };
    let further = group.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let gid = fields.nth(2)?.parse::<u32>().ok()?;
        fields.next()?.split(',').any(|member| member.trim() == name).then_some(gid)
    });
    let mut gids: Vec<u32> = main.into_iter().chain(further).collect();
    gids.dedup();
    Some(User { name: name.to_owned(), uid, gids })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_users_with_all_of_their_groups() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nbroken\n";
        let group = "root:x:0:\nwww-data:x:33:\napp:x:1001:deploy,www-data\nother:x:1002:www-data2\n";
        let user = find(passwd, group, "www-data").unwrap();
        assert_eq!((user.uid, user.gids), (33, vec![33, 1001]));
        assert_eq!(find(passwd, group, "33").unwrap().name, "www-data");
        assert_eq!(find(passwd, group, "4000").unwrap().gids, Vec::<u32>::new());
        assert_eq!(find(passwd, group, "nobody"), None);
    }
}
